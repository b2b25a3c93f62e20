from dataclasses import replace

import numpy as np
import pytest

from ml.data.ground_truth import NOT_MELANOMA
from ml.errors import OperatorError
from ml.evaluation import bootstrap, kind_report
from ml.labels import DIAGNOSES, MELANOMA_INDEX
from ml.serving.card import Interval
from ml.serving.gate import GateLimits
from tests.ml.cards import KIND
from tests.ml.scoring import make_scored

TABLE = replace(KIND, gate=GateLimits(50, 0.3, 1.5, 0.0))


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 20)


def reported(scored, table=TABLE):
    return kind_report.report(kind_report.of_scores(scored, table))


def test_the_shares_of_a_diagnosis_by_tier_sum_to_1():
    report = reported(make_scored())
    assert set(report.landing) == {*DIAGNOSES[:7], "cancer", "benign"}
    for cells in report.landing.values():
        assert sum(cell.value for cell in cells.values()) == pytest.approx(1, abs=1e-3)


def test_a_refused_cancer_counts_as_not_flagged():
    scored = make_scored()
    scored.lesion[scored.malignant] = -10
    scored.lesion[np.flatnonzero(scored.melanoma)[:4]] = 5
    report = reported(scored)
    cancers = int(scored.malignant.sum())
    assert report.cancers - report.refused_cancers == 4
    assert report.refused == {"not_a_lesion": cancers - 4}
    assert report.metrics["cancer_flagged"].value <= 4 / cancers + 1e-4
    assert report.landing["bcc"]["refused"].value == 1


def test_cancer_is_not_reported_if_only_melanoma_is_known():
    scored = make_scored()
    scored.diagnoses[~scored.melanoma] = NOT_MELANOMA
    report = reported(scored)
    assert (report.cancers, report.landing, report.predictive) == (None, {}, {})
    assert "melanoma_auroc" in report.metrics
    assert not [name for name in report.metrics if "cancer" in name or "benign" in name]


def test_predictive_values_follow_bayes_rule_for_the_stated_share():
    report = reported(make_scored())
    landing = report.landing
    flagged = {
        name: landing[name]["urgent"].value + landing[name]["soon"].value
        for name in ("cancer", "benign")
    }
    expected = 0.1 * flagged["cancer"] / (0.1 * flagged["cancer"] + 0.9 * flagged["benign"])
    assert report.predictive["0.1"]["flagged"].value == pytest.approx(expected, abs=1e-3)
    assert report.predictive["0.01"]["flagged"].value < report.predictive["0.1"]["flagged"].value


def test_a_perfect_network_has_aurocs_of_1():
    scored = make_scored()
    scored.logits[:] = -10
    scored.logits[np.arange(300), scored.diagnoses] = 10
    metrics = reported(scored).metrics
    assert (metrics["melanoma_auroc"].value, metrics["cancer_auroc"].value) == (1, 1)
    assert metrics["balanced_accuracy"].value == 1
    assert metrics["melanoma_urgent"] == Interval(1, 1, 1)


def test_in_balanced_accuracy_each_diagnosis_has_the_same_weight():
    scored = make_scored()
    scored.logits[:] = 0
    scored.logits[:, MELANOMA_INDEX] = 1
    assert reported(scored).metrics["balanced_accuracy"].value == pytest.approx(1 / 7, abs=1e-4)


@pytest.mark.parametrize("diagnosis", [MELANOMA_INDEX, 1])
def test_photos_of_a_single_class_cannot_be_evaluated(diagnosis):
    scored = make_scored()
    scored.diagnoses[:] = diagnosis
    with pytest.raises(OperatorError, match="melanoma and of something else"):
        reported(scored)
