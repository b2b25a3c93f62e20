"""Statistics about readers, shown to the role Leads, from the photos sent in a period.

A biopsied spot is represented by a single photo of the period: the last photo with a result that
was sent by the day of the biopsy. Readings after that day are left out: the reader could know the
histology.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Histology
from diagnosis.models.choices import RefusalReason, Status
from diagnosis.review.reader_counts import Biopsied, Counts, Reading
from diagnosis.rules import intervals, stored_tiers, verdicts
from diagnosis.rules.intervals import Estimate
from diagnosis.rules.urgency import Urgency
from ml.labels import Tier

REFERRING = (Urgency.URGENT, Urgency.SOON)
WAITS = (
    (_("under 1 hour"), 1),
    (_("1 to 4 hours"), 4),
    (_("4 to 12 hours"), 12),
    (_("12 to 24 hours"), 24),
    (_("1 to 2 days"), 48),
    (_("2 to 4 days"), 96),
    (_("4 to 7 days"), 168),
)
TWO_DAYS = 48
LONGEST, UNREAD = _("over 7 days"), _("not read yet")


class Line(NamedTuple):
    """A share of cases, or Cohen's kappa of pairs of answers.

    `of` is the number of cases or pairs, and `hits` the number in the share, or that agree. The
    estimate is None if there are too few, or if kappa is undefined.
    """

    label: str
    hits: int
    of: int
    estimate: Estimate | None


class Waiting(NamedTuple):
    """How long photos of a tier, or without a tier, waited for their first reading."""

    tier: str
    name: str
    lines: list[Line]
    half: str  # the time within which half of the photos were read
    most: str  # the time within which nine in ten were read


@dataclass(frozen=True)
class Figures:
    photos: int
    waiting: list[Waiting]
    agreement: list[Line]
    accuracy: dict[str, list[Line]]
    refusals: list[Line]
    # When the stored counts were computed. None if they were computed for this page.
    counted_at: datetime | None

    @property
    def sections(self) -> list[tuple[str, list[Line]]]:
        """The name and the lines of each table."""
        waiting = [
            (gettext("Waiting, {tier}").format(tier=tier_waits.name), tier_waits.lines)
            for tier_waits in self.waiting
        ]
        accuracy = [
            (gettext("Biopsied spots, {who}").format(who=who), lines)
            for who, lines in self.accuracy.items()
        ]
        agreement = (gettext("Agreement, Cohen's kappa"), self.agreement)
        return [*waiting, agreement, *accuracy, (gettext("Refusals"), self.refusals)]


def measure(counts: Counts) -> Figures:
    return Figures(
        photos=sum(counts.statuses.values()),
        waiting=_waiting(counts.readings),
        agreement=_agreement(counts.readings),
        accuracy=_accuracy(counts.biopsied),
        refusals=_refusals(counts),
        counted_at=counts.counted_at,
    )


def _waiting(readings: list[Reading]) -> list[Waiting]:
    hours_by_tier = {tier: Counter[int | None]() for tier in (*Tier, None)}
    for group in readings:
        if group.tier is not None:
            hours_by_tier[stored_tiers.COUNTS_AS[group.tier]][group.hours] += group.number
    return [_waiting_of(tier, hours) for tier, hours in hours_by_tier.items()]


def _waiting_of(tier: Tier | None, hours: Counter[int | None]) -> Waiting:
    bars = Counter[str]()
    for waited, number in hours.items():
        bars[_wait(waited)] += number
    names = [*(name for name, _ in WAITS), LONGEST, UNREAD]
    lines = [_share(name, bars[name], hours.total()) for name in map(str, names)]
    name = gettext("{tier} tier").format(tier=tier) if tier else gettext("no answer")
    half, most = _within(0.5, hours), _within(0.9, hours)
    return Waiting(tier or "unanswered", name, lines, half, most)


def _wait(hours: int | None) -> str:
    if hours is None:
        return str(UNREAD)
    return next((str(name) for name, limit in WAITS if hours < limit), str(LONGEST))


def _within(share: float, hours: Counter[int | None]) -> str:
    """Return the time within which a share of the photos was read.

    Return an empty string if fewer have been read so far, or if there are too few photos.
    """
    if hours.total() < intervals.FEWEST:
        return ""
    passed = 0
    for hour in sorted(hour for hour in hours if hour is not None):
        passed += hours[hour]
        if passed >= share * hours.total():
            return _in_words(hour + 1)
    return ""


def _in_words(hours: int) -> str:
    if hours == 1:
        return gettext("an hour")
    if hours <= TWO_DAYS:
        return gettext("{hours} hours").format(hours=hours)
    return gettext("{days} days").format(days=-(-hours // 24))


def _agreement(readings: list[Reading]) -> list[Line]:
    pairs: dict[str, Counter[tuple[Any, Any]]] = {
        gettext("Two readers, before the model's result"): Counter(),
        gettext("Two readers, after the model's result"): Counter(),
        gettext("First reader and model, before the model's result"): Counter(),
        gettext("First reader and model, after the model's result"): Counter(),
    }
    readers_before, readers_after, model_before, model_after = pairs.values()
    for group in readings:
        before, model = _impression_urgency(group.saw), _tier_urgency(group.tier)
        after = _verdict_urgency(group.read, group.read_of)
        other_after = _verdict_urgency(group.other_read, group.other_read_of)
        readers_before[before, _impression_urgency(group.other_saw)] += group.number
        readers_after[after, other_after] += group.number
        model_before[before, model] += group.number
        model_after[after, model] += group.number
    return [_kappa(label, counts) for label, counts in pairs.items()]


def _impression_urgency(finding: str | None) -> Urgency | None:
    """Return the urgency of an impression. None without one, or if the photo was not usable."""
    return verdicts.impression_of(finding).urgency if finding else None


def _verdict_urgency(verdict: str | None, tier: str | None) -> Urgency | None:
    return verdicts.reading_of(verdict, tier or "").urgency if verdict else None


def _tier_urgency(tier: str | None) -> Urgency | None:
    """Return the urgency of the model's tier. None if the model has no answer that counts."""
    counted = stored_tiers.COUNTS_AS[tier or ""]
    return Urgency(counted.value) if counted else None


def _kappa(label: str, pairs: Counter[tuple[Any, Any]]) -> Line:
    answered = Counter({pair: number for pair, number in pairs.items() if None not in pair})
    agreed = sum(number for (first, second), number in answered.items() if first == second)
    return Line(label, agreed, answered.total(), intervals.kappa(answered))


def _accuracy(biopsied: list[Biopsied]) -> dict[str, list[Line]]:
    calls: dict[str, Counter[tuple[str, Urgency | None]]] = {
        gettext("Model"): Counter(),
        gettext("First reader, before the model's result"): Counter(),
        gettext("First reader, after the model's result"): Counter(),
    }
    model, before, after = calls.values()
    for group in biopsied:
        model[group.truth, _tier_urgency(group.tier)] += group.number
        before[group.truth, _impression_urgency(group.saw)] += group.number
        after[group.truth, _verdict_urgency(group.read, group.read_of)] += group.number
    return {who: _accuracy_of(counts) for who, counts in calls.items()}


def _accuracy_of(calls: Counter[tuple[str, Urgency | None]]) -> list[Line]:
    """Return sensitivity and specificity, with the biopsies as ground truth."""
    melanoma, other, benign = Histology.Diagnosis
    return [
        _share(
            label,
            sum(calls[truth, urgency] for urgency in called),
            sum(calls[truth, urgency] for urgency in Urgency),
        )
        for label, truth, called in (
            (gettext("Melanomas called urgent"), melanoma, (Urgency.URGENT,)),
            (gettext("Melanomas called urgent or soon (sensitivity)"), melanoma, REFERRING),
            (gettext("Other malignant tumours called urgent or soon"), other, REFERRING),
            (gettext("Benign spots called watch (specificity)"), benign, (Urgency.WATCH,)),
        )
    ]


def _refusals(counts: Counts) -> list[Line]:
    """Return the share of photos refused for any reason, and for each reason."""
    checked = sum(counts.statuses.get(status, 0) for status in (Status.DONE, Status.REFUSED))
    reasons = Counter(counts.refusals)
    lines = [_share(str(reason.label), reasons[reason], checked) for reason in RefusalReason]
    return [_share(gettext("All refusals"), reasons.total(), checked), *lines]


def _share(label: str, hits: int, of: int) -> Line:
    return Line(label, hits, of, intervals.proportion(hits, of))
