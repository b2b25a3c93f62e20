from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from diagnosis.models import Review, Screening
from tests.factories import (
    make_histology,
    make_prediction,
    make_review,
    make_screening,
    make_shadow_prediction,
    make_version,
)

NOW, DAY = timezone.now(), timedelta(days=1)
# An unknown tier, a tier with missing or forbidden fields, or figures without a tier.
CONTRADICTIONS = [
    {"tier": "healthy"},
    {"tier": "urgent", "cancer": None},
    {"tier": "soon", "melanoma": None},
    {"tier": "watch", "probabilities": None},
    {"tier": "watch", "kind": ""},
    {"tier": "watch", "melanomas_per_100": 3},
    {"tier": "lower", "cancer": 0.1},
    {"tier": "lower", "cancers_per_100": 3},
    {"tier": "elevated", "melanomas_per_100": None},
    {"tier": "elevated", "melanoma": None},
    {"tier": "elevated", "kind": "camera"},
    {"tier": "", "is_uncertain": True},
    {"tier": "", "cancers_per_100": 3},
    {"tier": "", "melanomas_per_100": 3},
]


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("screening_finish_has_a_time", {"status": "lost"}),
        ("screening_is_leased_while_running", {"status": "running"}),
        ("screening_is_leased_while_running", {"lease_expires_at": NOW}),
        ("screening_finish_has_a_time", {"status": "done"}),
        ("screening_finish_has_a_time", {"finished_at": NOW}),
        ("screening_refusal_has_a_reason", {"status": "refused", "finished_at": NOW}),
        ("screening_refusal_has_a_reason", {"refusal": "blurred"}),
        ("screening_failure_has_a_reason", {"status": "failed", "finished_at": NOW}),
        ("screening_failure_has_a_reason", {"failure": "photo_lost"}),
    ],
)
def test_the_database_refuses_a_screening_in_a_bad_state(screening, constraint, fields):
    with pytest.raises(IntegrityError, match=constraint):
        Screening.objects.filter(pk=screening.pk).update(**fields)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("prediction_probability_is_one", {"cancer": 1.01}),
        ("prediction_probability_is_one", {"melanoma": -0.01}),
        ("prediction_frequency_is_of_100", {"cancers_per_100": 101}),
        ("prediction_frequency_is_of_100", {"tier": "lower", "melanomas_per_100": 101}),
        ("prediction_kind_is_known", {"kind": "x-ray"}),
        *(("prediction_tier_has_its_figures", fields) for fields in CONTRADICTIONS),
    ],
)
def test_the_database_refuses_an_impossible_prediction(screening, constraint, fields):
    with pytest.raises(IntegrityError, match=constraint):
        make_prediction(screening, **fields)


def test_a_model_version_predicts_a_screening_once(screening):
    make_prediction(screening, model_version="a")
    make_prediction(screening, model_version="b")
    with pytest.raises(IntegrityError):
        make_prediction(screening, model_version="a")


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("shadowprediction_probability_is_one", {"cancer": 1.01}),
        ("shadowprediction_frequency_is_of_100", {"cancers_per_100": 101}),
        ("shadowprediction_kind_is_known", {"kind": "x-ray"}),
        *(("shadowprediction_tier_has_its_figures", fields) for fields in CONTRADICTIONS),
    ],
)
def test_the_database_refuses_an_impossible_shadow_prediction(screening, constraint, fields):
    with pytest.raises(IntegrityError, match=constraint):
        make_shadow_prediction(screening, **fields)


def test_a_model_in_shadow_predicts_a_screening_once(screening):
    make_shadow_prediction(screening)
    with pytest.raises(IntegrityError):
        make_shadow_prediction(screening)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("modelversion_state_is_known", {"state": "best"}),
        ("modelversion_that_runs_has_its_card", {"state": "shadow", "card_sha256": ""}),
        ("modelversion_active_has_a_time", {"state": "active", "activated_at": None}),
    ],
)
def test_the_database_refuses_a_model_version_in_a_bad_state(constraint, fields):
    with pytest.raises(IntegrityError, match=constraint):
        make_version(**fields)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["active", "shadow"])
def test_at_most_one_version_is_active_and_one_in_shadow(state):
    make_version("a", state)
    with pytest.raises(IntegrityError):
        make_version("b", state)


@pytest.mark.parametrize("tier", ["urgent", "soon", "watch", "elevated", "lower", ""])
def test_predictions_of_every_model_so_far_can_be_stored(screening, tier):
    assert make_prediction(screening, tier=tier).tier == tier


@pytest.mark.parametrize(
    "fields", [{"raise_mailed_at": NOW}, {"raised_at": NOW, "raise_mailed_at": NOW - DAY}]
)
def test_no_mail_is_marked_as_sent_without_a_more_urgent_result(screening, fields):
    with pytest.raises(IntegrityError, match="screening_mail_is_of_a_raise"):
        Screening.objects.filter(pk=screening.pk).update(**fields)


def test_the_database_refuses_a_reading_of_an_unknown_tier(screening, reviewer):
    with pytest.raises(IntegrityError, match="review_tier_is_known"):
        make_review(screening, reviewer, tier="healthy")


def test_the_database_refuses_an_unknown_verdict(screening, reviewer):
    with pytest.raises(IntegrityError, match="review_verdict_is_known"):
        make_review(screening, reviewer, verdict="fine")


def test_the_database_refuses_an_unknown_diagnosis_of_a_biopsy(screening):
    with pytest.raises(IntegrityError, match="histology_diagnosis_is_known"):
        make_histology(screening.lesion, "naevus")


def test_a_lesion_has_at_most_one_valid_biopsy_result(screening):
    make_histology(screening.lesion, corrected_at=NOW)
    make_histology(screening.lesion, corrected_at=NOW)
    make_histology(screening.lesion)
    # SQLite names the columns, PostgreSQL the constraint.
    with pytest.raises(IntegrityError, match=r"lesion_id|histology_is_one"):
        make_histology(screening.lesion)


def test_the_newest_prediction_and_reading_count(screening, reviewer):
    make_prediction(screening, model_version="a")
    make_review(screening, reviewer, "agree")
    newest = make_prediction(screening, model_version="b"), make_review(screening, reviewer)
    assert (screening.prediction, screening.review) == newest


def test_a_new_screening_has_no_prediction_and_no_reading(screening):
    assert (screening.prediction, screening.review) == (None, None)


def test_a_reading_outlives_the_account_of_the_clinician(screening, reviewer):
    make_review(screening, reviewer)
    reviewer.delete()
    assert Review.objects.get().reviewed_by is None


@pytest.mark.parametrize(
    ("status", "is_finished"),
    [("pending", 0), ("running", 0), ("done", 1), ("refused", 1), ("failed", 1)],
)
def test_a_screening_is_finished_in_a_final_state(owner, jpeg, status, is_finished):
    assert make_screening(owner, jpeg, status).is_finished == bool(is_finished)


def test_rows_have_names_in_the_admin(screening, reviewer):
    assert str(screening) == f"Screening {screening.pk}"
    assert str(make_prediction(screening)) == "Urgent (test-1)"
    assert str(make_review(screening, reviewer)) == "Refer to a dermatologist"
    assert str(make_histology(screening.lesion)) == "Benign"
