"""What a person is told about a screening; the page adds the same advice to every outcome."""

from dataclasses import dataclass, replace

from diagnosis import texts
from diagnosis.models import Prediction, Screening
from ml.labels import Tier


@dataclass(frozen=True)
class Outcome:
    """Text that is safe to show."""

    kind: str
    heading: str
    paragraphs: tuple[str, ...]
    frequency: str = ""
    caution: str = ""
    cannot_know: tuple[str, ...] = ()
    reading: str = ""
    raised: str = ""


def describe(screening: Screening) -> Outcome:
    """Say what became of a screening, whatever its status."""
    reading = texts.VERDICT_TEXTS[screening.review.verdict] if screening.review else ""
    outcome = replace(_describe(screening), reading=reading)
    return _raise(outcome) if screening.has_worrying_answers else outcome


def _raise(outcome: Outcome) -> Outcome:
    """Answers add to what a photo says, and take the place of a heading that says less."""
    heading = texts.RAISED_HEADING if outcome.kind == Tier.LOWER else outcome.heading
    return replace(outcome, heading=heading, raised=texts.RAISED)


def _describe(screening: Screening) -> Outcome:
    match screening.status:
        case Screening.Status.REFUSED:
            return _refused(screening)
        case Screening.Status.FAILED:
            return Outcome("failed", texts.FAILED_HEADING, (texts.FAILED_TEXT,))
        case Screening.Status.RUNNING:
            return Outcome("running", texts.RUNNING_HEADING, (texts.PENDING_TEXT,))
        case Screening.Status.DONE if screening.is_withheld:
            return Outcome("withheld", texts.CLINICIAN_FIRST_HEADING, (texts.CLINICIAN_FIRST,))
        case Screening.Status.DONE if screening.prediction:
            return _done(screening, screening.prediction)
    return Outcome("pending", texts.PENDING_HEADING, (texts.PENDING_TEXT,))


def _refused(screening: Screening) -> Outcome:
    reason = texts.RefusalReason(screening.refusal)
    return Outcome(
        "refused",
        texts.REFUSED_HEADING,
        (f"{reason.label}.", texts.RETAKE[reason], texts.REFUSED_TEXT),
    )


def _done(screening: Screening, prediction: Prediction) -> Outcome:
    tier = Tier(prediction.tier)
    # A heading that sounds like the better answer would reassure falsely.
    is_doubtful = prediction.is_uncertain and tier is Tier.LOWER
    uncertainty = (texts.UNCERTAIN,) if prediction.is_uncertain else ()
    is_dermoscopic = screening.capture == Screening.Capture.DERMATOSCOPE
    return Outcome(
        tier.value,
        texts.UNCERTAIN_HEADING if is_doubtful else texts.TIER_HEADINGS[tier],
        (*uncertainty, texts.TIER_TEXTS[tier]),
        frequency=texts.frequency(prediction.melanomas_per_100),
        caution="" if is_dermoscopic else texts.CAMERA_CAUTION,
        cannot_know=texts.CANNOT_KNOW,
    )
