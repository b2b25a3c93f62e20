"""The report of a lesion, to take along to a doctor: a tagged PDF, made by Typst.

What it says goes to the template as data and never as markup: a name is text, whatever is in it.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db.models.fields.files import FieldFile
from django.utils import timezone
from django.utils.formats import date_format

from diagnosis.audit import trail
from diagnosis.classification import inference
from diagnosis.lesions.texts import (
    CARD_MISSING,
    FLAGGED,
    MODEL_FIGURES,
    MODEL_SPARED,
    NOT_ANSWERED,
    NOTHING_TICKED,
    REPORT_FOR_DOCTORS,
    REPORT_TITLE,
)
from diagnosis.measurement import description
from diagnosis.models import AuditEntry, Lesion, Prediction, Screening
from diagnosis.outcomes import outcomes, texts
from diagnosis.photos import photo_decoder, photo_files
from ml.preprocessing.images import ImageError
from skinscreen.run import scratch

if TYPE_CHECKING:
    import typst
    from PIL.Image import Image

    from ml.serving.card import Card, Report

TEMPLATE = Path(__file__).with_suffix(".typ")
MOST_PHOTOS = 12
OUTLINED = "outlined.jpg"
# All pictures together under 900 kB, so that the report stays under 1 MB.
NEWEST_BYTES, EARLIER_BYTES = 450_000, 40_000


def make(lesion: Lesion, *, by: AbstractUser) -> bytes:
    """Return the PDF of a lesion with its outcomes, and record that it was taken out."""
    every = list(lesion.screenings.all())
    taken = every[:MOST_PHOTOS]
    with scratch.folder("report") as folder:
        entries = [_entry(one, _picture(one, index, folder)) for index, one in enumerate(taken)]
        entries[0] |= _measured(taken[0], folder)
        content = {
            "title": REPORT_TITLE,
            "spot": f"{lesion}, {lesion.place.lower()}" if lesion.name and lesion.place else lesion,
            "made": f"Made on {_day(timezone.now())} for {by.email}.",
            "operator": settings.OPERATOR.line,
            "for_doctors": REPORT_FOR_DOCTORS,
            "advice": texts.ADVICE,
            "entries": entries,
            "left_out": len(every) - len(taken),
            "models": _models(taken),
            "cannot_know": texts.CANNOT_KNOW,
        }
        pdf = _compile(json.dumps(content, default=str), folder)
    trail.record(AuditEntry.Action.EXPORT, lesion, by=by, form="report", photos=len(taken))
    return pdf


def _picture(screening: Screening, index: int, folder: Path) -> str:
    """Write a photo into the folder, the newest one large; return its name, "" if it is lost."""
    file, most = (screening.thumbnail, EARLIER_BYTES) if index else (screening.photo, NEWEST_BYTES)
    image = _opened(file)
    if image is None:
        return ""
    (folder / f"{index}.jpg").write_bytes(photo_files.encoded(image, most))
    return f"{index}.jpg"


def _opened(file: FieldFile) -> "Image | None":
    """Return a stored photo, decoded where nothing else is; None where it is lost or damaged."""
    try:
        with file.open("rb") as opened:
            return photo_decoder.reduce(opened)
    except (OSError, ImageError):
        return None


def _measured(screening: Screening, folder: Path) -> dict[str, Any]:
    """Return what was measured in the newest photo, with its outline in a small picture."""
    found = description.describe_in_report(screening)
    if found.measurement is None:
        return {"measured": []}
    sentences = [f"{letter.name}: {letter.sentence}" for letter in found.letters]
    return {
        "measured": [*found.notes, *sentences, *found.changes],
        "outlined": _outlined(screening, found.measurement.outline, folder),
    }


def _outlined(screening: Screening, outline: list[list[float]], folder: Path) -> str:
    """Write the photo with the outline on it into the folder; return its name, "" without one."""
    image = _opened(screening.thumbnail) if outline else None
    if image is None:
        return ""
    (folder / OUTLINED).write_bytes(photo_files.outlined(image, outline))
    return OUTLINED


def _entry(screening: Screening, picture: str) -> dict[str, Any]:
    prediction, review = screening.shown_prediction, screening.review
    is_known = screening.capture != Screening.Capture.UNKNOWN
    return asdict(outcomes.describe(screening)) | {
        "picture": picture,
        "date": date_format(timezone.localtime(screening.created_at), "j F Y, H:i"),
        "capture": screening.get_capture_display() if is_known else "",
        "note": screening.note,
        "tier": _tier(prediction),
        "model": prediction.model_version if prediction else "",
        "message": review.message if review else "",
        "read_on": _day(review.reviewed_at) if review else "",
        **_answers(screening),
    }


def _tier(prediction: Prediction | None) -> str:
    if prediction is None:
        return ""
    doubt = ", uncertain" if prediction.is_uncertain else ""
    return f"{prediction.get_tier_display()} tier{doubt}" if prediction.tier else prediction.label


def _answers(screening: Screening) -> dict[str, Any]:
    answers = getattr(screening, "answers", None)
    if answers is None:
        return {"answers": [], "score": NOT_ANSWERED}
    score = f"Weighted 7-point checklist: {answers.points} of 10."
    return {"answers": answers.sentences or [NOTHING_TICKED], "score": score}


def _models(screenings: Sequence[Screening]) -> list[dict[str, Any]]:
    """Return what the cards say of the models behind the results that are shown."""
    predictions = filter(None, (one.shown_prediction for one in screenings))
    versions = dict.fromkeys(prediction.model_version for prediction in predictions)
    return [{"version": one, **_card(inference.card_of(one))} for one in versions]


def _card(card: "Card | None") -> dict[str, Any]:
    if card is None:
        return {"about": [CARD_MISSING], "limits": []}
    sources = ", ".join(source.name for source in card.data)
    about = f"{card.architecture}, made on {card.created}, trained on {sources}."
    figures = [
        _figures(kind, name, report)
        for kind, table in card.kinds.items()
        for name, report in table.reports.items()
    ]
    return {"about": [about, *figures], "limits": card.limits}


def _figures(kind: str, name: str, report: "Report") -> str:
    """Say how many cancers a model flagged; where only melanoma is known, how many of those."""
    what = "cancer" if "cancer_flagged" in report.metrics else "melanoma"
    flagged, benign = report.metrics[f"{what}_flagged"], report.metrics.get("benign_flagged")
    found = MODEL_FIGURES.format(
        images=report.images,
        kind=Prediction.KindChoice(kind).label.lower(),
        name=name,
        what=FLAGGED[what],
        **{key: round(100 * value) for key, value in asdict(flagged).items()},
    )
    if benign is None:
        return found
    return f"{found} {MODEL_SPARED.format(round(100 * (1 - benign.value)))}"


def _compile(content: str, folder: Path) -> bytes:
    """Return the PDF; without PDF/UA's claim where no font here has a character of a name."""
    import typst

    # Inside the folder, which is all that the compiler may read.
    template = str(shutil.copy(TEMPLATE, folder))
    inputs = {"content": content}
    compiler = typst.Compiler(template, root=str(folder), font_paths=_fonts(), sys_inputs=inputs)
    try:
        pdf = compiler.compile(format="pdf", pdf_standards=["ua-1"])
    except typst.TypstError:
        pdf = compiler.compile(format="pdf")
    assert isinstance(pdf, bytes)
    return pdf


@lru_cache(maxsize=1)
def _fonts() -> "typst.Fonts":
    """Find the fonts once a process: Typst's own, and the server's for scripts beyond them."""
    import typst

    return typst.Fonts()


def _day(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j F Y")
