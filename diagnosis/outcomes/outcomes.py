"""What a person is told about a screening; the page adds the same advice to every outcome."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format

from diagnosis.classification import inference
from diagnosis.models import Lesion, Prediction, Screening
from diagnosis.models.choices import RefusalReason
from diagnosis.outcomes import promise, texts
from diagnosis.rules import tiers
from ml.labels import Tier

UNANSWERED, WITHHELD = "unanswered", "withheld"
# What says less than worrying answers do, and less than a clinician who refers the person.
BELOW_ANSWERS = {Tier.SOON, Tier.WATCH, UNANSWERED, WITHHELD}
BELOW_A_REFERRAL = {Tier.WATCH, UNANSWERED}
# By what a clinician found.
MARKS = {True: Tier.URGENT, False: Tier.WATCH, None: "refused"}
SOONER = {Lesion.BodySite.EAR}


@dataclass(frozen=True)
class Outcome:
    """Text that is safe to show."""

    kind: str
    heading: str
    paragraphs: tuple[str, ...]
    frequency: str = ""
    cannot_know: tuple[str, ...] = ()
    again: str = ""
    reading: str = ""
    raised: str = ""


def kind(screening: Screening) -> str:
    """Name what became of a screening: a tier, a status, or why there is no tier to tell."""
    if screening.status != Screening.Status.DONE:
        return screening.status
    if screening.is_withheld:
        return WITHHELD
    prediction = screening.prediction
    return (prediction and prediction.counts_as) or UNANSWERED


def mark(screening: Screening) -> str:
    """Name the mark of a screening: that of its kind, unless answers or a reading say more."""
    found, review = kind(screening), screening.review
    if _is_raised(screening, found):
        return Tier.URGENT
    return MARKS[review.finding] if review and _is_read(screening, found) else found


def _is_raised(screening: Screening, found: str) -> bool:
    """Whether the answers call for a doctor sooner than the photo does."""
    return screening.has_worrying_answers and found in BELOW_ANSWERS


def _is_read(screening: Screening, found: str) -> bool:
    """Whether a reading takes the place of what the photo says: of no answer, or of one below."""
    review = screening.review
    if review is None:
        return False
    return found == UNANSWERED or (bool(review.finding) and found in BELOW_A_REFERRAL)


def in_a_list(screening: Screening) -> str:
    """Say in a few words what a screening's page says in its heading."""
    found, review, prediction = kind(screening), screening.review, screening.shown_prediction
    if _is_raised(screening, found):
        return texts.RAISED_IN_A_LIST
    if review and _is_read(screening, found):
        return texts.READ_IN_A_LIST[review.finding]
    if found == Tier.WATCH and prediction and prediction.is_uncertain:
        return texts.UNCERTAIN_IN_A_LIST
    return texts.IN_A_LIST.get(found) or screening.get_status_display()


def describe(screening: Screening) -> Outcome:
    """Say what became of a screening, whatever its status."""
    return _with_answers(screening, _with_reading(screening, _describe(screening)))


def _with_reading(screening: Screening, outcome: Outcome) -> Outcome:
    """Add what a clinician said; it takes the place of a missing answer."""
    review = screening.review
    if review is None:
        return outcome
    if _is_read(screening, outcome.kind):
        outcome = _outdone(outcome, texts.READ_HEADINGS[review.finding])
    if outcome.kind == UNANSWERED:
        outcome = replace(outcome, paragraphs=())
    return replace(outcome, reading=_said(screening))


def _outdone(outcome: Outcome, heading: str) -> Outcome:
    """Let another heading stand over what a photo says, without what would soothe beside it."""
    return replace(outcome, heading=heading, again="", frequency="")


def _said(screening: Screening) -> str:
    """Say a reading as the urgency that it stands for."""
    assert screening.review
    return texts.VERDICT_TEXTS[screening.review.reading]


def _with_answers(screening: Screening, outcome: Outcome) -> Outcome:
    """Answers add to what a photo says, and take the place of a heading that says less."""
    if not screening.has_worrying_answers:
        return outcome
    if _is_raised(screening, outcome.kind):
        outcome = _outdone(outcome, texts.RAISED_HEADING)
    return replace(outcome, raised=texts.RAISED)


def _describe(screening: Screening) -> Outcome:
    match found := kind(screening):
        case Screening.Status.REFUSED:
            return _refused(screening)
        case Screening.Status.FAILED:
            return Outcome(found, texts.FAILED_HEADING, (texts.FAILED_TEXT,))
        case Screening.Status.RUNNING:
            return Outcome(found, texts.RUNNING_HEADING, (texts.PENDING_TEXT,))
        case Screening.Status.PENDING:
            return Outcome(found, texts.PENDING_HEADING, (texts.PENDING_TEXT,))
    if found in {UNANSWERED, WITHHELD} or screening.prediction is None:
        return _unanswered(screening, found)
    return _answered(screening, screening.prediction, Tier(found))


def _refused(screening: Screening) -> Outcome:
    reason = RefusalReason(screening.refusal)
    return Outcome(
        screening.status,
        texts.REFUSED_HEADING,
        (f"{reason.label}.", texts.RETAKE[reason], texts.REFUSED_TEXT),
    )


def _unanswered(screening: Screening, found: str) -> Outcome:
    """Say that a clinician looks first, where there is one."""
    by = promise.day(screening)
    if not screening.review and by is None:
        told = (texts.NOBODY_HEADING, texts.NOBODY)
    elif found == WITHHELD:
        told = (texts.CLINICIAN_FIRST_HEADING, texts.CLINICIAN_FIRST)
    elif screening.prediction and screening.prediction.tier == tiers.LOWER:
        told = (texts.OUTDATED_HEADING, texts.OUTDATED)
    else:
        told = (texts.NO_ANSWER_HEADING, texts.NO_ANSWER)
    heading, text = told
    until = (texts.READ_BY.format(day=_in_words(by)),) if by and not screening.review else ()
    return Outcome(found, heading, (text, *until, texts.DO_NOT_WAIT))


def _answered(screening: Screening, prediction: Prediction, tier: Tier) -> Outcome:
    day = _due(screening, prediction, tier)
    headings = texts.LATE_HEADINGS if day < timezone.localdate() else texts.TIER_HEADINGS
    # A heading that sounds like the better answer would reassure falsely.
    is_doubtful = prediction.is_uncertain and tier is Tier.WATCH
    heading = texts.UNCERTAIN_HEADING if is_doubtful else headings[tier]
    uncertainty = (texts.UNCERTAIN,) if prediction.is_uncertain else ()
    said = _in_words(day)
    return Outcome(
        tier,
        heading.format(day=said),
        (*uncertainty, texts.TIER_TEXTS[tier]),
        frequency=_frequency(prediction),
        cannot_know=texts.CANNOT_KNOW,
        again=texts.AGAIN.format(day=said) if tier is Tier.WATCH else "",
    )


def _due(screening: Screening, prediction: Prediction, tier: Tier) -> date:
    """Return until when to see a doctor, or when the next photo is due.

    It counts from when the person could first read it, and for a photo from when it was sent.
    """
    if tier is Tier.WATCH:
        return timezone.localdate(screening.created_at + texts.WITHIN[tier])
    within = texts.WITHIN[tier]
    if tier is Tier.SOON and screening.lesion.body_site in SOONER:
        within = texts.SOON_ON_THE_FACE
    return timezone.localdate(max(prediction.created_at, _shown_since(screening)) + within)


def _shown_since(screening: Screening) -> datetime:
    """Return when a result was first shown that had waited for a reading."""
    if not screening.owner.is_clinician_first:
        return screening.created_at
    return min(one.reviewed_at for one in screening.reviews.all())


def _in_words(day: date) -> str:
    is_this_year = day.year == timezone.localdate().year
    return date_format(day, "j F" if is_this_year else "j F Y")


def _frequency(prediction: Prediction) -> str:
    """Say the calibrated figure with its base; nothing where the card that has it is gone."""
    base = inference.base_of(prediction.model_version, prediction.kind)
    if prediction.cancers_per_100 is None or base is None:
        return ""
    return texts.frequency(prediction.cancers_per_100, base)
