"""Makes any number of people, photos, results and readings, to measure the site's speed."""

import io
import random
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.files.storage import default_storage
from django.db.models import Model
from django.utils import timezone

from accounts.privacy import consent
from diagnosis.decoder import cleaning
from diagnosis.models import Answers, Histology, Impression, Lesion, Prediction, Review, Screening
from diagnosis.models.choices import FailureReason, RefusalReason, Status
from diagnosis.photos import photo_files
from diagnosis.rules import review_policy
from diagnosis.rules.urgency import Reading
from ml.bench.drawn_photos import drawn
from ml.labels import Diagnosis, Kind, Tier

PICTURES, SIZE, CLINICIANS, LESIONS_AT_ONCE = 8, (640, 480), 4, 2000
YEARS = timedelta(days=3 * 365)
# SUSPICIOUS: shares of benign (True) and of malignant spots that look suspicious. BIOPSIES: share
# of referred spots with a biopsy. DOUBTS: share of uncertain results.
SUSPICIOUS, BIOPSIES, DOUBTS = {True: 0.15, False: 0.85}, 0.3, 0.08
REFERRED = (Tier.URGENT.value, Tier.SOON.value)
STAMPS = (
    (Lesion, "created_at"),
    (Screening, "created_at"),
    (Prediction, "created_at"),
    (Impression, "formed_at"),
    (Review, "reviewed_at"),
    (Histology, "entered_at"),
)
ORDER = (*(model for model, _ in STAMPS), Answers)


class Picture(NamedTuple):
    photo: cleaning.CleanPhoto
    file: Path
    thumbnail: Path


@dataclass
class Seeder:
    """Makes rows from a random source, and keeps them in memory until `store` writes them."""

    people: list[Any]
    clinicians: list[Any]
    pictures: list[Picture]
    chance: random.Random
    now: datetime
    rows: dict[type[Model], list[Any]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: Any) -> Any:
        self.rows[type(row)].append(row)
        return row

    def store(self) -> None:
        for model in ORDER:
            model._default_manager.bulk_create(self.rows.pop(model, []), batch_size=500)

    def lesion(self, owner: Any, first: datetime, most: int) -> int:
        """Make a lesion with up to `most` photos, and return their number."""
        site = self.chance.choice(["", *Lesion.BodySite.values])
        lesion = self.add(Lesion(owner=owner, body_site=site, created_at=first))
        times = [first + n * timedelta(days=60) for n in range(self.chance.choice([1, 1, 2, 4]))]
        times = [time for time in times[:most] if time < self.now]
        kinds = ["melanoma", "other_malignant", "benign"]
        truth = self.chance.choices(kinds, [2, 3, 95])[0]
        referrals = [self.screening(lesion, time, truth) for time in times]
        taken_on = (times[-1] + timedelta(days=20)).date()
        if any(referrals) and taken_on < self.now.date() and self.happens(BIOPSIES):
            clinician = self.clinicians[0]
            result = {"diagnosis": truth, "taken_on": taken_on, "entered_by": clinician}
            self.add(Histology(lesion=lesion, entered_at=self.now, **result))
        return len(times)

    def screening(self, lesion: Lesion, sent: datetime, truth: str) -> bool:
        """Make a photo with its outcome, and return whether a clinician refers it."""
        photo, file, thumbnail = self.chance.choice(self.pictures)
        status = self.chance.choices([Status.DONE, Status.REFUSED, Status.FAILED], [92, 6, 2])[0]
        reasons = RefusalReason.values if status == Status.REFUSED else [""]
        screening = Screening(
            owner_id=lesion.owner_id,
            lesion=lesion,
            photo=_linked(file),
            thumbnail=_linked(thumbnail),
            width=photo.width,
            height=photo.height,
            sha256=photo.sha256,
            capture=self.chance.choice(Screening.Capture.values),
            created_at=sent,
            queued_at=sent,
            status=status,
            attempts=1,
            finished_at=sent + timedelta(seconds=2),
            refusal=self.chance.choice(reasons),
            failure=FailureReason.ATTEMPTS_EXHAUSTED if status == Status.FAILED else "",
        )
        self.add(screening)
        if self.happens(0.3):
            self.add(Answers(screening=screening, bleeds=self.happens(0.1)))
        return status == Status.DONE and self.result(screening, truth)

    def result(self, screening: Screening, truth: str) -> bool:
        """Make the model's result and readings up to now. Return whether a reading is urgent."""
        tier = self.tier(screening, truth)
        is_uncertain = bool(tier) and self.happens(DOUBTS)
        self.add(
            Prediction(
                screening=screening,
                model_version="seed-1",
                tier=tier,
                is_uncertain=is_uncertain,
                created_at=screening.created_at,
                **(self.figures(tier) if tier else {}),
            )
        )
        screening.urgency = review_policy.urgency(
            tier, answers_urgency=None, is_uncertain=is_uncertain
        )
        return self.read(screening, tier, truth)

    def tier(self, screening: Screening, truth: str) -> str:
        """Choose a tier. Photos that were not taken through a dermatoscope get no answer."""
        if screening.capture != Screening.Capture.DERMATOSCOPE:
            return ""
        return self.chance.choice(REFERRED) if self.is_suspicious(truth) else Tier.WATCH.value

    def figures(self, tier: str) -> dict[str, Any]:
        cancer = self.chance.uniform(*((0.0, 0.1) if tier == Tier.WATCH else (0.1, 0.9)))
        return {
            "kind": Kind.DERMOSCOPIC.value,
            "cancer": cancer,
            "melanoma": cancer / 2,
            "cancers_per_100": round(100 * cancer),
            "probabilities": {Diagnosis.MEL.value: cancer / 2, Diagnosis.NV.value: 1 - cancer / 2},
        }

    def read(self, screening: Screening, tier: str, truth: str) -> bool:
        readings: list[Reading] = []
        time = screening.created_at
        readers = self.chance.sample(self.clinicians, len(self.clinicians))
        while due := review_policy.readings_due(tier, readings):
            time += timedelta(hours=self.chance.lognormvariate(2 if tier in REFERRED else 3, 1))
            if time > self.now:
                break
            finding = Reading.URGENT if self.is_suspicious(truth) else Reading.WATCH
            reader = readers[len(readings)]
            readings.append(finding)
            self.add(
                Impression(screening=screening, finding=finding, formed_by=reader, formed_at=time)
            )
            self.add(
                Review(
                    screening=screening,
                    verdict=finding,
                    tier=tier,
                    reviewed_by=reader,
                    reader=reader.pk,
                    reviewed_at=time,
                )
            )
        screening.readings_due = due
        return Reading.URGENT in readings

    def is_suspicious(self, truth: str) -> bool:
        return self.happens(SUSPICIOUS[truth == "benign"])

    def happens(self, share: float) -> bool:
        return self.chance.random() < share


def seed(count: int, people: int) -> None:
    """Make `count` screenings, with the lesions in the order of their first photos.

    One person has about a hundredth of the screenings.
    """
    chance = random.Random(20)  # noqa: S311
    root = Path(default_storage.path(""))
    root.mkdir(mode=0o700, exist_ok=True)
    with TemporaryDirectory(dir=root) as folder, _own_times():
        pictures = [_draw(Path(folder), number) for number in range(PICTURES)]
        seeder = Seeder(_accounts(people), _accounts(CLINICIANS), pictures, chance, timezone.now())
        number = 0
        while number < count:
            owner = seeder.people[0 if seeder.happens(0.01) else chance.randrange(people)]
            first = seeder.now - YEARS * (1 - number / count)
            number += seeder.lesion(owner, first, count - number)
            if len(seeder.rows[Lesion]) == LESIONS_AT_ONCE:
                seeder.store()
        seeder.store()


def _accounts(count: int) -> list[Any]:
    """Make accounts that nobody can sign in to."""
    model = get_user_model()
    addresses = [f"{uuid.uuid4().hex}@example.invalid" for _ in range(count)]
    agreed = {"consent_version": consent.VERSION, "consented_at": timezone.now()}
    accounts = [model(email=a, password=make_password(None), **agreed) for a in addresses]
    return model.objects.bulk_create(accounts)


def _draw(folder: Path, number: int) -> Picture:
    photo = cleaning.clean(io.BytesIO(drawn(number, SIZE)))
    files = folder / f"{number}.jpg", folder / f"{number}-thumbnail.jpg"
    for file, content in zip(files, (photo.content, photo.thumbnail), strict=True):
        file.write_bytes(content)
    return Picture(photo, *files)


def _linked(file: Path) -> str:
    """Return the name of a new hard link to a file: a file of its own that uses no disk space."""
    name = photo_files.random_name()
    link = Path(default_storage.path(name))
    link.parent.mkdir(mode=0o700, exist_ok=True)
    link.hardlink_to(file)
    return name


@contextmanager
def _own_times() -> Iterator[None]:
    """Let rows keep their given times instead of `auto_now_add`'s."""
    stamps: list[Any] = [model._meta.get_field(name) for model, name in STAMPS]
    for stamp in stamps:
        stamp.auto_now_add = False
    try:
        yield
    finally:
        for stamp in stamps:
            stamp.auto_now_add = True
