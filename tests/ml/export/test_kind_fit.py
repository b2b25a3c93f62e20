import numpy as np
import pytest

from ml.evaluation import bootstrap, kind_report
from ml.export import kind_fit
from ml.labels import DIAGNOSES, Diagnosis, Kind
from tests.ml.scoring import make_scored


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 10)


def fit(*photos):
    return kind_fit.fit(Kind.DERMOSCOPIC, *photos)


def test_the_tiers_reach_their_sensitivities_on_the_fitted_photos():
    scored = make_scored()
    metrics = kind_report.report(kind_report.of_scores(scored, fit(scored))).metrics
    assert metrics["melanoma_urgent"].value >= 0.92
    assert metrics["cancer_flagged"].value >= 0.95
    assert metrics["cancer_slope"].value == pytest.approx(1, abs=0.05)


def test_a_rare_diagnosis_is_not_taught():
    taught = fit(make_scored()).taught
    assert taught == DIAGNOSES[:7]
    few = make_scored()
    few.diagnoses[np.flatnonzero(few.diagnoses == DIAGNOSES.index("df"))[9:]] = 1
    assert Diagnosis.DF not in fit(few).taught


def test_the_share_of_cancers_is_recorded():
    scored = make_scored(280)
    assert fit(scored).share == round(3 / 7, 4)


def test_a_threshold_without_enough_photos_comes_from_out_of_fold_scores():
    few, many = make_scored(84), make_scored(2800, seed=1)
    assert few.melanoma.sum() < 30 <= few.malignant.sum()
    fitted = fit(few, many)
    assert fitted.out_of_fold == ("urgent",)
    other = fit(few)
    assert fitted.urgent != other.urgent
    assert other.out_of_fold == ()


def test_carcinomas_that_the_out_of_fold_networks_never_saw_change_no_threshold():
    few, many = make_scored(84), make_scored(2800, seed=1)
    alone = fit(few, many)
    scc = np.flatnonzero(many.diagnoses == DIAGNOSES.index("nv"))
    many.diagnoses[scc] = DIAGNOSES.index("scc")
    assert fit(few, many).urgent == alone.urgent


def test_out_of_fold_scores_are_not_used_if_the_valid_split_has_enough_photos():
    valid = make_scored(560)
    assert fit(valid, make_scored(seed=1)) == kind_fit.fit(Kind.DERMOSCOPIC, valid)


def test_the_gate_refuses_at_most_2_percent_of_the_fitted_lesions():
    scored = make_scored(1000)
    report = kind_report.report(kind_report.of_scores(scored, fit(scored)))
    assert 0 < sum(report.refused.values()) <= 0.02 * report.images


def test_the_gate_may_refuse_more_photos_of_palms_and_soles_than_of_other_skin():
    generator = np.random.default_rng(0)
    lesion = generator.normal(5, 1, 300)
    lesion[200:] -= 3
    scored = make_scored(lesion=lesion, sources=np.repeat(["ham10000", "isic_acral"], [200, 100]))
    refused = lesion < fit(scored).gate.min_lesion_score
    assert refused[:200].mean() <= 0.015
    assert refused[200:].mean() == pytest.approx(0.02, abs=0.011)
