"""A person's spots with all related rows, in batches, with one query per table.

`prefetch_related` creates a queryset per row and relation, which took most of an export's time.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db.models import Q

from accounts.models import User
from diagnosis.models import (
    Answers,
    Histology,
    Lesion,
    Measurement,
    Notice,
    Prediction,
    Registration,
    Reminder,
    Review,
    Screening,
)

# SQLite may allow only 999 parameters per query. The query for notices needs two for each lesion,
# so 200 lesions leave room for the other conditions.
SIZE = 200


class Batch:
    """A batch of lesions. Related rows are grouped by their parent's key."""

    def __init__(self, lesions: list[Lesion]) -> None:
        photos = Screening.objects.filter(lesion__in=lesions)
        # Photos whose model result the person may see. Photos that wait for a clinician or for
        # answers, and photos of minors, are left out.
        visible = photos.with_visible_result()
        self.lesions = lesions
        self.screenings = _grouped(photos, "lesion_id")
        self.biopsies = _grouped(Histology.objects.valid().filter(lesion__in=lesions), "lesion_id")
        self.reminders = _grouped(Reminder.objects.shown().filter(lesion__in=lesions), "lesion_id")
        self.answers = _of_photos(Answers.objects.filter(screening__in=photos))
        notices = Notice.objects.filter(Q(is_reading=True) | Q(screening__in=visible))
        self.notices = _of_photos(notices.filter(screening__in=photos))
        self.reviews = _of_photos(Review.objects.filter(screening__in=photos))
        predictions = Prediction.objects.filter(screening__in=visible).order_by("created_at")
        self.predictions = _of_photos(predictions)
        self.measurements = _of_photos(Measurement.objects.filter(screening__in=visible))
        self.registrations = _of_photos(Registration.objects.filter(screening__in=visible))


def of(user: User) -> Iterator[Batch]:
    lesions = Lesion.objects.owned_by(user).iterator(chunk_size=SIZE)
    while batch := list(islice(lesions, SIZE)):
        yield Batch(batch)


def _of_photos(rows: Iterable[Any]) -> dict[Any, list[Any]]:
    return _grouped(rows, "screening_id")


def _grouped(rows: Iterable[Any], key: str) -> dict[Any, list[Any]]:
    groups = defaultdict(list)
    for row in rows:
        groups[getattr(row, key)].append(row)
    return groups
