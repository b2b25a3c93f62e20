"""Exports reviewed cases as a training data set, in HAM10000's layout.

A biopsy labels every photo up to its day as melanoma or not. Without a biopsy, photos that two
clinicians read without suspicion are "not melanoma". One suspicious reading leaves out all photos
of the lesion, since a suspicion is not a diagnosis.
"""

import csv
import secrets
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from django.core.files.storage import default_storage
from django.db.models import Prefetch
from django.utils import timezone

from diagnosis.audit import trail
from diagnosis.classification.inference import STATED
from diagnosis.models import AuditEntry, Histology, Lesion, Screening
from diagnosis.photos.encryption import DamagedFileError
from diagnosis.rules.urgency import Reading
from diagnosis.rules.verdicts import refers
from ml.data.ham10000 import NOT_MELANOMA
from ml.labels import Diagnosis

# HAM10000's columns, and two that only exported cases have.
COLUMNS = (
    *("lesion_id", "image_id", "dx", "dx_type", "age", "sex", "localization"),
    *("image_type", "patient_id"),
)
TABLE, IMAGES = "HAM10000_metadata.csv", "images"
READERS = 2
# HAM10000's words for body sites, where they differ from ours.
SITES = {
    "": "unknown",
    "arm": "upper extremity",
    "leg": "lower extremity",
    **dict.fromkeys(["eyelid", "nose", "lip"], "face"),
    **dict.fromkeys(["back of hand", "finger"], "hand"),
    **dict.fromkeys(["top of foot", "toe"], "foot"),
    **dict.fromkeys(["palm", "sole", "fingernail", "toenail"], "acral"),
}


class Truth(NamedTuple):
    """A lesion's `dx` and `dx_type` as in HAM10000, or the reason why the lesion is left out."""

    dx: str = ""
    dx_type: str = ""
    left_out: str = ""


class Case(NamedTuple):
    """A photo with its row in the table. All ids are random, and new in every data set."""

    photo: str
    lesion_id: str
    image_id: str
    dx: str
    dx_type: str
    localization: str
    image_type: str
    patient_id: str


@dataclass
class Selection:
    cases: list[Case] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    # By owner, who is the person on all chosen photos.
    patient_ids: defaultdict[int, str] = field(
        default_factory=lambda: defaultdict(lambda: secrets.token_hex(8))
    )

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of chosen photos, of their lesions, and of photos with a melanoma."""
        return {
            "cases": len(self.cases),
            "lesions": len({case.lesion_id for case in self.cases}),
            "melanomas": sum(case.dx == Diagnosis.MEL for case in self.cases),
        }

    def leave_out(self, case: Case, error: FileNotFoundError) -> None:
        is_damaged = isinstance(error, DamagedFileError)
        self.cases.remove(case)
        self.left_out["photo damaged" if is_damaged else "photo missing"] += 1


def select() -> Selection:
    """Choose the photos of people who have consented, lesion by lesion."""
    consenting = Screening.objects.filter(owner__allows_training_since__isnull=False)
    selection = Selection()
    selection.left_out["no consent"] = Screening.objects.count() - consenting.count()
    photos = Prefetch("screenings", Screening.objects.prefetch_related("predictions", "reviews"))
    results = Prefetch("histologies", Histology.objects.valid())
    lesions = Lesion.objects.filter(owner__allows_training_since__isnull=False)
    candidates = lesions.select_related("profile").prefetch_related(photos, results)
    for lesion in candidates.iterator(chunk_size=500):
        _choose(lesion, selection)
    # The ids are random, so this order reveals nothing.
    selection.cases.sort(key=lambda case: (case.lesion_id, case.image_id))
    return selection


def _choose(lesion: Lesion, selection: Selection) -> None:
    lesion_id = secrets.token_hex(8)
    histology = next(iter(lesion.histologies.all()), None)
    done = [
        screening
        for screening in lesion.screenings.all()
        if screening.status == Screening.Status.DONE
    ]
    judged = _by_biopsy(histology) if histology else _by_reading(done)
    truth = _without_consent(lesion) or judged
    for screening in lesion.screenings.all():
        if reason := truth.left_out or _reason_against(screening, histology):
            selection.left_out[reason] += 1
            continue
        selection.cases.append(
            Case(
                str(screening.photo),
                lesion_id,
                secrets.token_hex(8),
                truth.dx,
                truth.dx_type,
                SITES.get(lesion.body_site, lesion.body_site),
                str(STATED[screening.capture]),
                selection.patient_ids[lesion.owner_id],
            )
        )


def _without_consent(lesion: Lesion) -> Truth | None:
    """Return why a lesion of a minor or of somebody else is left out: they did not consent."""
    profile = lesion.profile
    if profile and (not profile.is_own or profile.is_minor):
        return Truth(left_out="of somebody else, or under 18")
    return None


def _by_biopsy(histology: Histology) -> Truth:
    is_melanoma = histology.diagnosis == Histology.Diagnosis.MELANOMA
    return Truth(Diagnosis.MEL if is_melanoma else NOT_MELANOMA, "histo")


def _by_reading(done: list[Screening]) -> Truth:
    referrals = {refers(reading) for screening in done for reading in screening.findings}
    if True in referrals:
        return Truth(left_out="readers differ" if False in referrals else "suspicious, no biopsy")
    return Truth(NOT_MELANOMA, "consensus")


def _reason_against(screening: Screening, histology: Histology | None) -> str:
    """Return why a photo of a lesion with ground truth is left out, or an empty string."""
    findings = screening.findings
    if screening.status != Screening.Status.DONE:
        return "without a result"
    if histology and timezone.localdate(screening.created_at) > histology.taken_on:
        return "after the biopsy"
    if Reading.UNUSABLE in findings:
        return "photo not usable"
    # Each kind of photo has its own thresholds, and a detected kind is no ground truth.
    if not STATED[screening.capture]:
        return "kind of photo unknown"
    if not histology and len(findings) < READERS:
        return "not read twice"
    return "" if default_storage.exists(str(screening.photo)) else "photo missing"


def write(selection: Selection, folder: Path) -> None:
    """Write the chosen cases into a new folder. Leave out those whose photos cannot be read.

    The audit entry is written before any file, so it counts the cases left out here, too.

    Raises:
        FileExistsError: the folder exists already.
    """
    folder.mkdir(mode=0o700)
    (folder / IMAGES).mkdir()
    detail: dict[str, Any] = {"what": "data set", **selection.counts}
    trail.record(AuditEntry.Action.EXPORT, **detail)
    with (folder / TABLE).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for case in selection.cases.copy():
            try:
                with default_storage.open(case.photo) as photo:
                    content = photo.read()
            except FileNotFoundError as error:
                selection.leave_out(case, error)
                continue
            (folder / IMAGES / f"{case.image_id}.jpg").write_bytes(content)
            dx, dx_type, site = case.dx, case.dx_type, case.localization
            row = [case.lesion_id, case.image_id, dx, dx_type, "", "", site]
            writer.writerow([*row, case.image_type, case.patient_id])
