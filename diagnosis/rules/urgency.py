"""Urgency: the result of the model's tier, the person's answers and the clinicians' readings.

Only `decide` combines the three. Pages, lists, reports and mails put its `Decision` into words. The
queue is sorted by a column (see `diagnosis.rules.review_policy`). A `tier` is the model's part
alone, decided in ml/serving/tiers.py. `diagnosis.rules.stored_tiers` translates the tiers of older
models.

1. The model and the answers: the more urgent of the two counts. Answers never lower the urgency.

2. A reading that is at least as urgent as the model and the answers takes effect at once, without
waiting for other readers.

3. A less urgent reading is shown as the clinician's own sentence. The reading takes effect once the
review policy requires no more readers, no answer of the person is missing, and the readers knew of
all causes (`is_settled`). It never outweighs a red flag: an answer, or measured growth, that is
`urgent`.

4. The reading "photo not usable" never replaces an urgency, and asks for a new photo.

If the model has no answer, the photo ranks above `watch`: nobody has yet said that the spot can
wait.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Urgency(StrEnum):
    """What a person is advised to do, the most urgent first."""

    URGENT = "urgent"
    SOON = "soon"
    WATCH = "watch"


TO_A_DOCTOR: Final = frozenset({Urgency.URGENT, Urgency.SOON})


class Reading(StrEnum):
    """A clinician's reading of a photo: an urgency, or that the photo was not usable."""

    URGENT = Urgency.URGENT.value
    SOON = Urgency.SOON.value
    WATCH = Urgency.WATCH.value
    UNUSABLE = "unusable"

    @property
    def urgency(self) -> Urgency | None:
        """The urgency. None if the photo was not usable."""
        return None if self is Reading.UNUSABLE else Urgency(self.value)


class Part(StrEnum):
    """The source of an urgency."""

    MODEL = "model"
    ANSWERS = "answers"
    READING = "reading"


RANK: Final[dict[Urgency | None, int]] = {
    Urgency.WATCH: 0,
    None: 1,
    Urgency.SOON: 2,
    Urgency.URGENT: 3,
}


# An urgency and its source.
_Sourced = tuple[Urgency | None, Part | None]


@dataclass(frozen=True)
class Decision:
    """An urgency and its reasons, for headings, lists, reports and mails.

    Attributes:
        urgency: None if no source has one.
        part: the source whose words the heading uses. If several have the same urgency, a
            clinician comes before the answers, and the answers come before the model.
        causes: the person's answers and measured growth that have this urgency, whatever `part`
            is. The heading quotes the first of them if `part` is the answers.
        is_uncertain: the model's tier is `watch`, but so close to the next tier that the page does
            not show it as plain `watch`.
        needs_new_photo: the last clinician could not judge the photo.
        is_lowered: a clinician's reading replaced a higher urgency.
    """

    urgency: Urgency | None = None
    part: Part | None = None
    causes: tuple[str, ...] = ()
    is_uncertain: bool = False
    needs_new_photo: bool = False
    is_lowered: bool = False


def decide(
    *,
    model: Urgency | None,
    is_uncertain: bool = False,
    answers: Mapping[Any, Urgency] | None = None,
    readings: Sequence[Reading] = (),
    is_settled: bool = False,
) -> Decision:
    """Return the urgency of a photo.

    Args:
        model: the model's tier. None if there is none (the photo is unread, refused or failed, or
            the model has no answer for it), or if the person may not see it (it waits for a
            reading or for the person's answers, or the person is under 18).
        is_uncertain: whether the tier is within the margin of the next tier.
        answers: each cause in the answers and measured growth with its urgency (`causes.of`). None
            or empty if there is no cause.
        readings: one per clinician, oldest first; a clinician's correction replaces their
            first reading.
        is_settled: whether the review policy requires no more readers, no answer of the person is
            missing, and the readers knew of all causes.
    """
    answers = answers or {}
    answers_urgency = most_urgent(answers.values())
    before_readings = _without_reading(model, answers_urgency)
    reading = _urgency_of_readings(readings, is_settled=is_settled)
    # If the last clinician could not judge the photo, no reading lowers the urgency.
    is_judged = bool(readings) and readings[-1] is not Reading.UNUSABLE
    may_lower = is_settled and is_judged and answers_urgency is not Urgency.URGENT
    urgency, part = _with_reading(before_readings, reading, may_lower=may_lower)
    return Decision(
        urgency,
        part,
        tuple(cause for cause, its_urgency in answers.items() if its_urgency is urgency),
        is_uncertain=is_uncertain and urgency is Urgency.WATCH and part is Part.MODEL,
        needs_new_photo=bool(readings) and not is_judged,
        is_lowered=before_readings[0] is not None and RANK[urgency] < RANK[before_readings[0]],
    )


def most_urgent(urgencies: Iterable[Urgency | None]) -> Urgency | None:
    """Return the highest of the urgencies. None if there is none."""
    return max((urgency for urgency in urgencies if urgency), key=RANK.__getitem__, default=None)


def _without_reading(model: Urgency | None, answers_urgency: Urgency | None) -> _Sourced:
    """Return the urgency before any reading, by the model and the answers."""
    if answers_urgency and (model is None or RANK[answers_urgency] >= RANK[model]):
        return answers_urgency, Part.ANSWERS
    return model, None if model is None else Part.MODEL


def _urgency_of_readings(readings: Sequence[Reading], *, is_settled: bool) -> Urgency | None:
    """Return the last reading's urgency if settled, else the highest urgency of all readings.

    If the last reading is "not usable", return the highest urgency, too.
    """
    if is_settled and readings and (last := readings[-1].urgency):
        return last
    return most_urgent(reading.urgency for reading in readings)


def _with_reading(
    before_readings: _Sourced, reading: Urgency | None, *, may_lower: bool
) -> _Sourced:
    if reading and (may_lower or RANK[reading] >= RANK[before_readings[0]]):
        return reading, Part.READING
    return before_readings
