"""The report of a lesion for a doctor: a tagged PDF, made by Typst.

The template gets its content as data, never as markup. So a name is text, whatever it contains.
"""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import ngettext

from diagnosis.audit import trail
from diagnosis.decoder import cleaning
from diagnosis.lesions import fonts, letter
from diagnosis.lesions.model_words import of_models
from diagnosis.lesions.texts import (
    CANNOT_KNOW,
    ELSEWHERE,
    LABELS,
    MADE,
    NO_RESULT,
    NOTE_OF,
    READING_OF,
    REPORT_FOR_DOCTORS,
    REPORT_TITLE,
    SPOT_NAME,
    UNSHOWN,
)
from diagnosis.measurement import description
from diagnosis.models import AuditEntry, Lesion, Screening
from diagnosis.outcomes import outcomes
from diagnosis.photos import photo_decoder, photo_files, renditions
from ml.preprocessing.images import ImageError
from skinscreen.run import scratch

if TYPE_CHECKING:
    from PIL.Image import Image

TEMPLATE = Path(__file__).with_suffix(".typ")
MOST_PHOTOS = 12
OUTLINED = "outlined.jpg"
# All pictures together have at most about 900 kB, and the report less than 1 MB.
NEWEST_BYTES, EARLIER_BYTES = 450_000, 40_000


def make(lesion: Lesion, *, by: AbstractUser) -> bytes:
    """Return the PDF of a lesion with its outcomes, and record that it was downloaded."""
    photos = list(lesion.screenings.all())
    included = photos[:MOST_PHOTOS]
    with scratch.folder("report") as folder:
        entries = [
            _entry(photo, _picture(photo, index, folder)) for index, photo in enumerate(included)
        ]
        entries[0] |= _measured(included[0], folder)
        content = {
            "title": REPORT_TITLE,
            "spot": f"{lesion}, {lesion.place.lower()}" if lesion.name and lesion.place else lesion,
            "made": MADE.format(day=_day(timezone.now()), address=by.email),
            "operator": settings.OPERATOR.line,
            "for_doctors": REPORT_FOR_DOCTORS,
            "letter": letter.letter(photos),
            "entries": entries,
            "left_out": _left_out(len(photos) - len(included)),
            "words": LABELS,
            "models": of_models(included),
            "cannot_know": CANNOT_KNOW,
            "unshown": "",
        }
        pdf = _compile(content, folder)
    trail.record(AuditEntry.Action.EXPORT, lesion, by=by, form="report", photos=len(included))
    return pdf


def _picture(screening: Screening, index: int, folder: Path) -> str:
    """Write a photo into the folder, large if it is the newest.

    Return the file's name, or "" if the photo is lost.
    """
    open_picture = screening.thumbnail.open if index else partial(renditions.open_page, screening)
    image, most = _reduced(open_picture), EARLIER_BYTES if index else NEWEST_BYTES
    if image is None:
        return ""
    (folder / f"{index}.jpg").write_bytes(cleaning.bounded_jpeg(image, most))
    return f"{index}.jpg"


def _reduced(open_picture: "Callable[[], IO[bytes]]") -> "Image | None":
    """Return a stored picture, reduced by the decoder. None if it is lost or damaged."""
    try:
        with open_picture() as opened:
            return photo_decoder.reduce(opened)
    except (OSError, ImageError):
        return None


def _measured(screening: Screening, folder: Path) -> dict[str, Any]:
    """Return the measurements of the newest photo, and a small picture with its outline."""
    measured = description.describe_in_report(screening)
    if measured.measurement is None:
        return {"measured": []}
    sentences = [f"{letter.name}: {letter.sentence}" for letter in measured.letters]
    # The notes about a fault are left out, since they address the person.
    notes = () if measured.measurement.fault else measured.notes
    return {
        "measured": [*notes, *sentences, *measured.changes[:1]],
        "outlined": _outlined(screening, measured.measurement.outline, folder),
    }


def _outlined(screening: Screening, outline: list[list[float]], folder: Path) -> str:
    """Write the photo with its outline. Return the file's name, or "" without outline or photo."""
    image = _reduced(screening.thumbnail.open) if outline else None
    if image is None:
        return ""
    (folder / OUTLINED).write_bytes(photo_files.outlined(image, outline))
    return OUTLINED


def _left_out(number: int) -> str:
    words = ngettext(
        "{number} earlier photo is left out.", "{number} earlier photos are left out.", number
    )
    return words.format(number=number) if number else ""


def _entry(screening: Screening, picture: str) -> dict[str, Any]:
    """Return a photo's facts in the words of doctors."""
    prediction = screening.shown_prediction
    is_known = screening.capture != Screening.Capture.UNKNOWN
    return {
        "picture": picture,
        "date": date_format(timezone.localtime(screening.created_at), "j F Y, H:i"),
        "capture": screening.get_capture_display() if is_known else "",
        "note": screening.note,
        "result": letter.tier(prediction) or NO_RESULT.format(why=letter.without_result(screening)),
        "frequency": outcomes.describe(screening).frequency,
        "model": prediction.model_version if prediction else "",
        "readings": [letter.reading(review) for review in screening.readings],
        "signs": letter.signs(screening),
    }


def _compile(content: dict[str, Any], folder: Path) -> bytes:
    """Return a PDF/UA, or a plain PDF with a note about the texts that no font can show."""
    import typst

    try:
        return _compiled(content, folder, ["ua-1"])
    except typst.TypstError as error:
        where = _written_with(fonts.unprintable(error), content)
        return _compiled(content | {"unshown": UNSHOWN.format(where=where)}, folder, [])


def _written_with(characters: set[str], content: dict[str, Any]) -> str:
    """Name the texts that contain any of these characters."""
    texts = [(str(SPOT_NAME), str(content["spot"]))]
    for entry in content["entries"]:
        texts.append((NOTE_OF.format(date=entry["date"]), entry["note"]))
        texts += [(READING_OF.format(date=entry["date"]), words) for words in entry["readings"]]
    return "; ".join(name for name, words in texts if characters.intersection(words)) or str(
        ELSEWHERE
    )


def _compiled(content: dict[str, Any], folder: Path, standards: list[Literal["ua-1"]]) -> bytes:
    import typst

    # The compiler may read nothing outside the folder.
    template = str(shutil.copy(TEMPLATE, folder))
    words = fonts.with_named_emoji(json.dumps(content, default=str, ensure_ascii=False))
    compiler = typst.Compiler(
        template,
        root=str(folder),
        font_paths=fonts.for_words(words, folder),
        sys_inputs={"content": words},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=[*standards])
    assert isinstance(pdf, bytes)
    return pdf


def _day(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j F Y")
