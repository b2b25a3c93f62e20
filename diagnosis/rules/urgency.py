"""Urgency: the result of the model's tier, the person's answers and the clinicians' readings.

`decide` is the only place where the three meet. Pages, lists, reports, mails and the queue use its
`Decision` and add words. A `tier` is the model's part alone, decided in ml/serving/tiers.py.
`diagnosis.rules.stored_tiers` translates the tiers of older models.

1. The model and the answers: the more urgent of the two counts. Answers never lower the urgency.

2. A reading that is more urgent takes effect at once, whoever else reads the photo later.

3. A reading that is less urgent is shown as the clinician's own sentence. It takes effect once the
review policy's readers are done (`is_settled`). It has no effect if the answers hold a red flag,
which is a cause that asks for `urgent`.

4. "Photo not usable" never replaces an urgency. It asks for a new photo besides.

No answer of the model counts as more urgent than `watch`: nobody has yet said that the spot can
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
    """A clinician's reading of a photo: an urgency, or that they could not tell."""

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


# An urgency and who decided it.
Voice = tuple[Urgency | None, Part | None]


@dataclass(frozen=True)
class Decision:
    """An urgency and its reasons. Headings, lists, mails and the queue use nothing else.

    Attributes:
        urgency: None if no source says anything that counts.
        part: the source whose words the heading uses. If several ask for the same urgency, a
            clinician comes before the answers, and the answers come before the model.
        causes: the person's answers that ask for this urgency, most urgent first, whatever
            `part` is. The heading quotes the first of them if `part` is the answers.
        is_uncertain: the model says `watch`, but too close to the next tier to show it as such.
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
        model: the model's tier if the person may see it. None otherwise: there is no answer for
            this kind of photo, the result is withheld until a reading, the photo was refused,
            has failed or waits, or the person is under 18.
        is_uncertain: whether the tier is within the margin of the next tier.
        answers: each cause in the answers with the urgency that it asks for (`causes.of`). None
            or empty: no cause for worry, or no answers.
        readings: one per clinician, oldest first; a clinician's correction replaces their
            first.
        is_settled: whether the review policy asks for no more readers.
    """
    answers = answers or {}
    told = most_urgent(answers.values())
    unread = _unread(model, told)
    read = _read(readings, is_settled=is_settled)
    # If the last clinician could not judge the photo, no reading lowers the urgency.
    is_judged = bool(readings) and readings[-1] is not Reading.UNUSABLE
    may_lower = is_settled and is_judged and told is not Urgency.URGENT
    urgency, part = _with_reading(unread, read, may_lower=may_lower)
    return Decision(
        urgency,
        part,
        tuple(cause for cause, asked in answers.items() if asked is urgency),
        is_uncertain=is_uncertain and urgency is Urgency.WATCH and part is Part.MODEL,
        needs_new_photo=bool(readings) and not is_judged,
        is_lowered=unread[0] is not None and RANK[urgency] < RANK[unread[0]],
    )


def most_urgent(said: Iterable[Urgency | None]) -> Urgency | None:
    """Return the highest of the urgencies. None if there is none."""
    return max((one for one in said if one), key=RANK.__getitem__, default=None)


def _unread(model: Urgency | None, told: Urgency | None) -> Voice:
    """Return the urgency before any reading, by the model and the answers."""
    if told and (model is None or RANK[told] >= RANK[model]):
        return told, Part.ANSWERS
    return model, None if model is None else Part.MODEL


def _read(readings: Sequence[Reading], *, is_settled: bool) -> Urgency | None:
    """Return the reading that counts: the last one once settled, and the most urgent before."""
    if is_settled and readings and (last := readings[-1].urgency):
        return last
    return most_urgent(reading.urgency for reading in readings)


def _with_reading(unread: Voice, read: Urgency | None, *, may_lower: bool) -> Voice:
    if read and (may_lower or RANK[read] >= RANK[unread[0]]):
        return read, Part.READING
    return unread
