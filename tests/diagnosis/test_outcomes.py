import pytest

from diagnosis import texts
from diagnosis.outcomes import describe
from ml.labels import Tier
from tests.factories import make_prediction, make_review


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        ("pending", texts.PENDING_HEADING),
        ("running", texts.RUNNING_HEADING),
        ("refused", texts.REFUSED_HEADING),
        ("failed", texts.FAILED_HEADING),
    ],
)
def test_a_screening_without_a_result_says_why(make, status, heading):
    outcome = describe(make(status))
    assert (outcome.kind, outcome.heading, outcome.frequency) == (status, heading, "")


@pytest.mark.parametrize("tier", ["elevated", "lower"])
def test_a_result_says_its_tier_and_what_the_model_cannot_know(make, tier):
    outcome = describe(make("done", tier=tier))
    assert (outcome.kind, outcome.heading) == (tier, texts.TIER_HEADINGS[tier])
    assert outcome.paragraphs == (texts.TIER_TEXTS[tier],)
    assert outcome.cannot_know == texts.CANNOT_KNOW


@pytest.mark.parametrize("tier", ["elevated", "lower"])
def test_an_uncertain_result_says_so_first_and_keeps_its_advice(make, tier):
    screening = make("done")
    make_prediction(screening, tier=tier, is_uncertain=True)
    assert describe(screening).paragraphs == (texts.UNCERTAIN, texts.TIER_TEXTS[tier])


@pytest.mark.parametrize(
    ("tier", "heading"),
    [
        ("elevated", texts.TIER_HEADINGS[Tier.ELEVATED]),
        ("lower", texts.UNCERTAIN_HEADING),
    ],
)
def test_an_uncertain_result_never_has_the_heading_of_the_lower_tier(make, tier, heading):
    screening = make("done")
    make_prediction(screening, tier=tier, is_uncertain=True)
    assert describe(screening).heading == heading


def test_a_result_says_how_often_photos_like_it_were_melanoma(make):
    screening = make("done")
    make_prediction(screening, melanomas_per_100=7)
    assert "about 7 were melanoma" in describe(screening).frequency


@pytest.mark.parametrize(
    ("capture", "caution"),
    [("dermatoscope", ""), ("camera", texts.CAMERA_CAUTION), ("unknown", texts.CAMERA_CAUTION)],
)
def test_only_a_photo_through_a_dermatoscope_goes_without_the_caution(make, capture, caution):
    assert describe(make("done", tier="lower", capture=capture)).caution == caution


@pytest.mark.parametrize("reason", texts.RefusalReason)
def test_a_refused_photo_comes_with_how_to_retake_it(make, reason):
    paragraphs = describe(make("refused", refusal=reason)).paragraphs
    assert paragraphs == (f"{reason.label}.", texts.RETAKE[reason], texts.REFUSED_TEXT)


@pytest.mark.parametrize("verdict", texts.VERDICT_TEXTS)
def test_the_newest_reading_is_told_whatever_the_status(make, reviewer, verdict):
    screening = make("refused")
    make_review(screening, reviewer, "agree")
    make_review(screening, reviewer, verdict)
    assert describe(screening).reading == texts.VERDICT_TEXTS[verdict]
