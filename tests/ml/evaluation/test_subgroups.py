import pytest

from ml.evaluation import bootstrap, subgroups
from ml.evaluation.score_table import Score


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 20)


def scores(count=40):
    """Photos of two sexes; every fourth is a melanoma, and scored higher than the others."""
    return [
        Score(
            "test",
            str(n),
            "ham10000",
            n % 4 == 0,
            *((0.1, "watch", "") if n % 4 else (0.9, "urgent", "")),
        )
        for n in range(count)
    ]


def table(**columns):
    return {
        str(n): {"sex": "female", "dx": "mel" if n % 4 == 0 else "nv"} | columns for n in range(40)
    }


def measured(found):
    return {(one.factor, one.value): one for one in found}


@pytest.mark.parametrize(
    ("age", "band"),
    [("39.0", "under 40"), ("40.0", "40 to 59"), ("59", "40 to 59"), ("60", "60 and over"),
     ("", "unknown")],
)  # fmt: skip
def test_ages_are_told_in_bands(age, band):
    assert subgroups.age_band({"age": age}) == subgroups.age_band({"age_approx": age}) == band


def test_a_subgroup_has_its_photos_and_figures():
    female = measured(subgroups.measure("test", scores(), table()))["sex", "female"]
    assert (female.images, female.melanomas) == (40, 10)
    assert (female.auroc.value, female.sensitivity.value, female.specificity.value) == (1, 1, 1)


def test_few_melanomas_have_counts_and_no_auroc():
    few = measured(subgroups.measure("test", scores(36), table()))["sex", "female"]
    assert (few.melanomas, few.auroc, few.sensitivity) == (9, None, None)
    assert few.specificity is not None


def test_a_diagnosis_is_measured_against_every_melanoma():
    found = measured(subgroups.measure("test", scores(), table()))
    nevi = found["diagnosis", "nv"]
    assert (nevi.images, nevi.melanomas, nevi.auroc.value, nevi.sensitivity) == (30, 0, 1, None)
    assert ("diagnosis", "mel") not in found


def test_a_factor_that_the_table_lacks_is_left_out():
    found = measured(subgroups.measure("test", scores(), table()))
    assert "source" not in {factor for factor, _ in found}


def test_subgroups_are_read_as_they_were_written(tmp_path):
    found = subgroups.measure("test", scores(36), table())
    subgroups.write(found, tmp_path)
    assert subgroups.read(tmp_path) == found
    assert subgroups.read(tmp_path / "none") == []


def test_a_refused_melanoma_counts_as_missed():
    some = scores()
    refused = [one._replace(probability=None, tier="", refused="blurred") for one in some[:4]]
    female = measured(subgroups.measure("test", [*refused, *some[4:]], table()))["sex", "female"]
    assert female.sensitivity.value == 0.9
