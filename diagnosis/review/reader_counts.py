"""Counts of photos by status, the model's answer and the readings, computed in the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable, Func
from django.db.models.functions import Coalesce, TruncDate

from diagnosis.models import Impression, Prediction, Review
from diagnosis.models.choices import Status
from diagnosis.models.querysets.screenings import ScreeningQuerySet


class Reading(NamedTuple):
    """A combination of answers about a photo, and the number of photos with that combination.

    `saw` is the first reader's impression, `read` their verdict, and `read_of` the tier that they
    were shown. `other_` marks the second reader's answers. A missing answer is None.
    """

    tier: str | None
    hours: int | None  # until the first reading
    saw: str | None
    other_saw: str | None
    read: str | None
    read_of: str | None
    other_read: str | None
    other_read_of: str | None
    number: int


class Biopsied(NamedTuple):
    """A combination of a biopsy's result and answers (see `Reading`), and how often it occurs.

    Of the reader's answers, only those until the biopsy's day count.
    """

    truth: str
    tier: str | None
    saw: str | None
    read: str | None
    read_of: str | None
    number: int


@dataclass(frozen=True)
class Counts:
    """The counts of the photos sent in a period."""

    statuses: dict[str, int]
    refusals: dict[str, int]
    readings: list[Reading]
    biopsied: list[Biopsied]
    # When they were stored. None if they were computed for this page.
    counted_at: datetime | None = None


class Hours(Func):
    """Whole hours between two times, computed in the database."""

    output_field = IntegerField()
    arity = 2

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        days = "julianday(%(expressions)s)"
        template = f"CAST(ROUND(({days}) * 86400) AS INTEGER) / 3600"
        return self.as_sql(compiler, connection, template=template, arg_joiner=") - julianday(")

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> Any:
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / 3600)::int"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ")


def of(sent: ScreeningQuerySet) -> Counts:
    photos, done = sent.order_by(), sent.done()
    refused = photos.filter(status=Status.REFUSED)
    return Counts(
        statuses=dict(photos.values_list("status").annotate(Count("pk"))),
        refusals=dict(refused.values_list("refusal").annotate(Count("pk"))),
        readings=readings(done),
        biopsied=biopsied(done),
    )


def readings(done: ScreeningQuerySet) -> list[Reading]:
    rows = _counted(
        done.annotate(reader=_nth(_reviews(), "reviewed_by")),
        its_tier=_tier(),
        hours=Hours(_nth(_reviews(), "reviewed_at"), F("created_at")),
        saw=_nth(_impressions(), "finding"),
        other_saw=_nth(_impressions(), "finding", 1),
        read=_nth(_reviews(), "verdict"),
        read_of=_nth(_reviews(), "tier"),
        other_read=_nth(_reviews_by_others(), "verdict"),
        other_read_of=_nth(_reviews_by_others(), "tier"),
    )
    return [Reading(*row) for row in rows]


def biopsied(done: ScreeningQuerySet) -> list[Biopsied]:
    """Count biopsied spots by their last photo and by its readings up to the biopsy's day."""
    biopsy = "lesion__histologies__"
    valid = done.filter(
        Q(**{f"{biopsy}corrected_at": None, f"{biopsy}taken_on__gte": TruncDate("created_at")})
    ).annotate(taken_on=F(f"{biopsy}taken_on"))
    day = OuterRef("taken_on")
    later = done.filter(
        lesion=OuterRef("lesion"),
        created_at__gt=OuterRef("created_at"),
        created_at__date__lte=day,
    )
    rows = _counted(
        valid.exclude(Exists(later)),
        truth=F(f"{biopsy}diagnosis"),
        its_tier=_tier(),
        saw=_nth(_impressions().filter(formed_at__date__lte=day), "finding"),
        read=_nth(_reviews().filter(reviewed_at__date__lte=day), "verdict"),
        read_of=_nth(_reviews().filter(reviewed_at__date__lte=day), "tier"),
    )
    return [Biopsied(*row) for row in rows]


def _nth(rows: QuerySet[Any], field: str, place: int = 0) -> Subquery:
    return Subquery(rows.values(field)[place : place + 1])


def _tier() -> Subquery:
    return _nth(Prediction.objects.filter(screening=OuterRef("pk")).order_by("-created_at"), "tier")


def _impressions() -> QuerySet[Impression]:
    return Impression.objects.filter(screening=OuterRef("pk")).order_by("formed_at")


def _reviews() -> QuerySet[Review]:
    return Review.objects.filter(screening=OuterRef("pk")).order_by("reviewed_at")


def _reviews_by_others() -> QuerySet[Review]:
    """Return readings by others than the first reader.

    The first reader's later readings are corrections. Readers whose accounts were deleted count as
    a single reader.
    """
    who = Coalesce("reviewed_by", Value(0))
    return _reviews().annotate(who=who).exclude(who=Coalesce(OuterRef("reader"), Value(0)))


def _counted(rows: QuerySet[Any], **columns: Combinable) -> list[tuple[Any, ...]]:
    """Return the combinations of the columns' values. The last value is the number of rows."""
    named = rows.order_by().annotate(**columns).values_list(*columns)
    return list(named.annotate(number=Count("pk")))
