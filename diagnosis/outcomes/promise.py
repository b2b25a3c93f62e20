"""The promise that a clinician reads a photo by a day. A day that has passed is not shown."""

from datetime import date
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from diagnosis.classification import model_cards
from diagnosis.models import Screening
from ml.labels import Kind

BEFORE_UPLOAD: Final = {
    Kind.CAMERA: _("a photo taken with a phone or camera"),
    Kind.DERMOSCOPIC: _("a photo taken with a dermatoscope"),
}
NO_ANSWER_FOR: Final = _(
    "The model has no answer for {what}: its accuracy has not been measured well enough."
)
NO_ANSWER_FOR_SKIN: Final = _(
    "The model's accuracy on skin of type {type} has not been measured, so its answer is shown "
    "only together with a clinician's."
)
WHY_SKIN: Final = _(
    "The model learned mostly from light skin, so we ask. For the three darkest colours, and if "
    "you do not choose, its answer is shown only together with a clinician's."
)
A_CLINICIAN_READS: Final = _("A clinician reads the photo within {days} days.")
WHY_SKIN_ALONE: Final = _(
    "The model learned mostly from light skin, so we ask. No clinician reads photos here: for "
    "the three darkest colours, and if you do not choose, there is no answer, and you should show "
    "the spot to a doctor."
)
NOBODY_READS: Final = _(
    "No clinician reads photos here, so you would get no answer: show the spot to a doctor."
)


def is_given(owner: User | AnonymousUser) -> bool:
    """Return whether there is a clinician to read a person's photos."""
    if settings.CLINICIANS == 0:
        return False
    return owner.has_reader if isinstance(owner, User) else User.objects.readers_for(None).exists()


def has_another(screening: Screening) -> bool:
    """Return whether there is a clinician who has not read the photo yet."""
    reader_ids = {review.reviewed_by_id for review in screening.readings}
    is_enough = settings.CLINICIANS is None or len(reader_ids) < settings.CLINICIANS
    readers = User.objects.readers_for(screening.owner_id)
    return is_enough and readers.exclude(pk__in=[key for key in reader_ids if key]).exists()


def day(screening: Screening) -> date | None:
    """Return the day by which a photo is read. None if nobody reads it, or if the day is past."""
    promised = timezone.localdate(screening.created_at + settings.READING_WITHIN)
    return promised if is_for(screening) and not is_past(promised) else None


def is_for(screening: Screening) -> bool:
    """Return whether there is a clinician to read a photo."""
    return settings.CLINICIANS != 0 and screening.has_reader


def is_past(day: date) -> bool:
    return day < timezone.localdate()


def in_words(day: date) -> str:
    is_this_year = day.year == timezone.localdate().year
    return date_format(day, "j F" if is_this_year else "j F Y")


def before_upload(owner: User) -> list[str]:
    """Return sentences on which photos get no immediate answer and who reads them."""
    taught = model_cards.kinds_taught()
    untaught = [str(what) for kind, what in BEFORE_UPLOAD.items() if kind not in taught]
    reasons = [NO_ANSWER_FOR.format(what=gettext(" or ").join(untaught))] if untaught else []
    if owner.is_clinician_first:
        reasons.append(NO_ANSWER_FOR_SKIN.format(type=owner.skin_type))
    return [*reasons, _who_reads(owner)] if reasons else []


def for_skin(owner: User) -> str:
    """Return why the page asks for the skin type, and for which types it withholds the result."""
    return f"{WHY_SKIN} {_who_reads(owner)}" if is_given(owner) else str(WHY_SKIN_ALONE)


def _who_reads(owner: User) -> str:
    reads = A_CLINICIAN_READS.format(days=settings.READING_WITHIN.days)
    return reads if is_given(owner) else str(NOBODY_READS)
