"""Sentences about a measurement by the ABCD rule, and about changes since the previous photo."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from diagnosis.measurement import texts
from diagnosis.models import Measurement, Registration, Screening

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# A colour counts if it covers at least this share of the spot, as in `ml.features`.
PRESENT = 0.05
# By letter: the sentence that compares the spot with others, and the compared feature.
AMONG = {
    "A": (texts.ASYMMETRY_AMONG, "asymmetry_shape"),
    "B": (texts.BORDER_AMONG, "border_compactness"),
    "C": (texts.COLOURS_AMONG, "colour_variegation"),
}


class Letter(NamedTuple):
    """One letter of the ABCD rule."""

    letter: str
    name: str
    sentence: str


def letters(
    screening: Screening, measurement: Measurement, *, is_for_doctor: bool = False
) -> list[Letter]:
    """Return a sentence for each letter, or none without figures. Doctors also get percentiles."""
    if not measurement.figures:
        return []
    mm = diameter(screening, measurement)
    plain = [
        Letter("A", gettext("Asymmetry"), _asymmetry(measurement)),
        Letter("B", gettext("Border"), _border(measurement)),
        Letter("C", gettext("Colour"), _colours(measurement)),
        Letter(
            "D", gettext("Diameter"), texts.DIAMETER.format(mm=mm) if mm else str(texts.NO_DIAMETER)
        ),
    ]
    return [_among(letter, measurement) for letter in plain] if is_for_doctor else plain


def _among(letter: Letter, measurement: Measurement) -> Letter:
    if letter.letter not in AMONG:
        return letter
    words, name = AMONG[letter.letter]
    others = texts.OTHERS.format(round(measurement.percentiles[name]))
    return letter._replace(sentence=f"{letter.sentence} {words.format(others=others)}")


def diameter(screening: Screening, measurement: Measurement) -> float | None:
    """Return the spot's largest diameter in mm, or None if the photo has no scale."""
    share = measurement.figures.get("diameter_share")
    if share is None or screening.mm_per_px is None:
        return None
    return float(share) * max(screening.width, screening.height) * screening.mm_per_px


def _asymmetry(measurement: Measurement) -> str:
    return str(texts.ASYMMETRY[round(measurement.figures["asymmetry_score"])])


def _border(measurement: Measurement) -> str:
    return texts.BORDER.format(segments=round(measurement.figures["border_abrupt_segments"]))


def _colours(measurement: Measurement) -> str:
    present = _present(measurement)
    return texts.COLOURS.format(count=len(present), names=_listed(present))


def _present(measurement: Measurement) -> list[str]:
    return [
        str(words)
        for name, words in texts.COLOUR_NAMES.items()
        if measurement.figures.get(name, 0) >= PRESENT
    ]


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return (
        gettext("{words} and {last}").format(words=", ".join(first), last=last) if first else last
    )


def changes(screening: Screening, measurement: Measurement) -> tuple["StrOrPromise", ...]:
    """Return sentences about changes since the previous photo, as far as they are certain."""
    before = _before(screening, measurement)
    if before is None:
        return ()
    earlier = before.screening
    date = date_format(timezone.localtime(earlier.created_at), "j F Y")
    if earlier.capture != screening.capture:
        return (texts.OTHER_CAPTURE.format(date=date), texts.CHANGE_NOTE)
    registration = screening.registrations.filter(before=earlier).first()
    parts = [_size(registration), *_colour_changes(measurement, before)]
    sentence = texts.CHANGE.format(date=date, changes="; ".join(filter(None, parts)))
    is_unsure = registration and registration.fault == Registration.Fault.UNSURE
    return (sentence, *((texts.NOT_REGISTERED,) if is_unsure else ()), texts.CHANGE_NOTE)


def _before(screening: Screening, measurement: Measurement) -> Measurement | None:
    """Return the newest earlier measurement by the same version, if the person may see it."""
    if not measurement.figures:
        return None
    earlier = Measurement.objects.filter(
        screening__lesion=screening.lesion_id,
        screening__created_at__lt=screening.created_at,
        version=measurement.version,
    )
    profile = "screening__lesion__profile__owner"
    related = ("screening__owner", profile, "screening__answers")
    newest = earlier.select_related(*related).order_by("-screening__created_at").first()
    if newest is None or not newest.figures or newest.screening.is_held:
        return None
    return newest


def _size(registration: Registration | None) -> str:
    """Return the change in area in words, or "" if it is not known."""
    if registration is None or not (registration.ratio and registration.low and registration.high):
        return ""
    words = texts.NO_LARGER
    if registration.low > 1:
        words = texts.LARGER
    elif registration.high < 1:
        words = texts.SMALLER
    return words.format(
        percent=_signed(registration.ratio),
        low=_signed(registration.low),
        high=_signed(registration.high),
    )


def _signed(ratio: float) -> str:
    percent = round(100 * (ratio - 1))
    return f"{percent:+}".replace("-", "−") if percent else "±0"


def _colour_changes(measurement: Measurement, before: Measurement) -> list[str]:
    now, then = _present(measurement), _present(before)
    new = [name for name in now if name not in then]
    gone = [name for name in then if name not in now]
    changes = [_counted(texts.NEW_COLOURS, new), _counted(texts.GONE_COLOURS, gone)]
    return list(filter(None, changes)) or [str(texts.SAME_COLOURS)]


def _counted(words: tuple["StrOrPromise", "StrOrPromise"], names: list[str]) -> str:
    if not names:
        return ""
    return words[len(names) > 1].format(_listed(names), count=len(names))
