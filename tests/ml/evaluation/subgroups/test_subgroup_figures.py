import numpy as np
import pytest

from ml.evaluation import bootstrap
from ml.evaluation.subgroups import subgroup_figures
from ml.serving.shares import Share
from tests.ml.evaluation.subgroups.answers import answers


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 20)


def measured(photo_answers, sources=None, **facts):
    count = len(photo_answers.groups)
    sources = np.repeat("ham10000", count) if sources is None else sources
    rows = [{"sex": "Female"} | facts for _ in range(count)]
    subgroups = subgroup_figures.measure("camera", photo_answers, sources, rows)
    return {(subgroup.factor, subgroup.value): subgroup for subgroup in subgroups}


def test_a_subgroup_has_its_photos_and_figures():
    female = measured(answers(40))["sex", "female"]
    assert (female.images, female.melanomas, female.cancers) == (40, 10, 20)
    values = {name: figure.value for name, figure in female.figures.items()}
    assert values == {
        "melanoma_auroc": 1, "cancer_auroc": 1, "cancer_flagged": 1, "benign_flagged": 0,
        "refused": 0,
    }  # fmt: skip


def test_a_subgroup_of_few_melanomas_has_counts_but_no_auroc():
    few = measured(answers(36))["sex", "female"]
    assert few.melanomas == 9
    assert "melanoma_auroc" not in few.figures
    assert "cancer_auroc" in few.figures


def test_a_refused_cancer_is_not_flagged():
    photo_answers = answers(40, refused=5)
    assert measured(photo_answers)["sex", "female"].flagged == Share(15, 20, 20)
    assert measured(photo_answers)["sex", "female"].figures["cancer_flagged"].value == 0.75
    assert measured(photo_answers)["sex", "female"].figures["refused"].value == 0.125


def test_each_source_and_each_band_of_a_factor_is_a_subgroup():
    sources = np.repeat(["one", "other"], 20)
    subgroups = measured(answers(40), sources, fitzpatrick="2.0", dx_type="histo", age="61")
    assert set(subgroups) == {
        ("source", "one"), ("source", "other"), ("sex", "female"), ("age", "60 and over"),
        ("skin type (Fitzpatrick)", "I and II"), ("ground truth", "histology"),
    }  # fmt: skip


def test_a_subgroup_of_few_photos_is_left_out():
    sources = np.repeat(["one", "other"], [31, 9])
    assert ("source", "other") not in measured(answers(40), sources)
