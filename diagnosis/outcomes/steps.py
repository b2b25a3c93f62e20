"""What to do next, in the order in which to do it."""

from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.translation import gettext_lazy as _

from diagnosis.models import Screening
from diagnosis.models.decisions.decided import MINOR
from diagnosis.outcomes import promise
from diagnosis.rules.urgency import TO_A_DOCTOR, Decision, Part, Urgency

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Step(NamedTuple):
    """Something to do, with its link."""

    text: "StrOrPromise"
    link: str = ""


CALENDAR: Final = "calendar"
# The steps of each urgency, in order. A child's spot has the steps of `urgent` without a day, and
# `CALL` as the first step.
STEPS: Final = {
    Urgency.URGENT: (
        Step(
            _(
                "Call a dermatologist's practice, today if you can. Say that the spot should be "
                "seen by {day}. If they have no appointment, ask your family doctor."
            )
        ),
        Step(_("Take the report with you. It contains your photo."), "report"),
        Step(_("Add this day to your calendar."), CALENDAR),
        Step(
            _(
                "Do not wait for the appointment if the spot begins to bleed, hurt or grow, or "
                "does so more than before: call the practice again and say so, or go to any doctor."
            )
        ),
    ),
    Urgency.SOON: (
        Step(_("Call a dermatologist's practice now: appointments take weeks to get.")),
        Step(_("Take the report with you. It contains your photo."), "report"),
        Step(_("Add this day to your calendar."), CALENDAR),
        Step(
            _(
                "Ask for an earlier appointment if the spot begins to grow, bleed or hurt, does so "
                "more than before, or does not heal."
            )
        ),
    ),
    Urgency.WATCH: (
        Step(
            _(
                "Do not wait for the new photo, and see a dermatologist now, if the spot is new, "
                "changes, itches, bleeds, does not heal or is unlike your others."
            )
        ),
        Step(_("Otherwise photograph the spot again on {day}, in the same light."), CALENDAR),
        Step(
            _("You can show the spot to a doctor at any time. The report says what we know."),
            "report",
        ),
    ),
}
CALL: Final = Step(
    _(
        "Call a dermatologist's practice, today if you can. If they have no appointment, ask your "
        "family doctor."
    )
)
# The first step of `watch` if the model's result is close to the next tier.
SHOW_UNCERTAIN: Final = Step(
    _("Show the spot to a doctor, and take the report with you."), "report"
)
# The new photo is taken in addition to a visit to a doctor, never in place of the visit.
PHOTOGRAPH_TOO: Final = Step(
    _("Also photograph the spot again on {day}, in the same light."), CALENDAR
)
# The steps of `watch` if the person answered that the spot is new.
SHOW_NEW: Final = (
    Step(
        _(
            "You told us that the spot is new: show it to a dermatologist, and do not wait for the "
            "new photo. Go without delay if it changes, itches, bleeds, does not heal or is unlike "
            "your others."
        )
    ),
    PHOTOGRAPH_TOO,
    Step(_("Take the report with you to the doctor. It contains your photo."), "report"),
)
# The first step of `urgent` and `soon` once the day is past.
CALL_LATE: Final = Step(
    _(
        "Call a dermatologist's practice today. Say that the spot should have been seen by {day}. "
        "If they have no appointment in the next days, ask your family doctor."
    )
)
# The first step of `watch` if a clinician chose it for a new spot, or in place of a higher urgency.
UNLESS_FURTHER: Final = Step(
    _(
        "Do not wait for the new photo, and see a dermatologist now, if the spot changes further, "
        "itches, bleeds, does not heal or worries you."
    )
)


def of(screening: Screening, decision: Decision, day: date | None) -> tuple[Step, ...]:
    """Return the steps for an urgency or a child's spot. Otherwise, there are none."""
    if decision.urgency and day:
        steps = _urgency_steps(screening, decision, decision.urgency, is_past=promise.is_past(day))
        day_in_words = promise.in_words(day)
        return tuple(step._replace(text=step.text.format(day=day_in_words)) for step in steps)
    if screening.no_tier_reason != MINOR:
        return ()
    following = _without_calendar(STEPS[Urgency.URGENT][1:])
    return tuple(step._replace(text=str(step.text)) for step in (CALL, *following))


def _urgency_steps(
    screening: Screening, decision: Decision, urgency: Urgency, *, is_past: bool
) -> tuple[Step, ...]:
    first, *following = STEPS[urgency]
    if urgency is Urgency.WATCH:
        first, *following = _while_watching(screening, decision)
    if is_past and urgency in TO_A_DOCTOR:
        first = CALL_LATE
    return _without_calendar((first, *following)) if is_past else (first, *following)


def _while_watching(screening: Screening, decision: Decision) -> tuple[Step, ...]:
    unless, again, last = SHOW_NEW if shows_new(screening, decision) else STEPS[Urgency.WATCH]
    if decision.is_lowered or (_is_new(screening) and decision.part is Part.READING):
        unless = UNLESS_FURTHER
    if decision.is_uncertain:
        return (SHOW_UNCERTAIN, unless, PHOTOGRAPH_TOO)
    return (unless, again, last)


def shows_new(screening: Screening, decision: Decision) -> bool:
    """Return whether a spot at `watch` should be shown to a doctor because it is new.

    This does not hold if a clinician chose `watch`, knowing that the spot is new.
    """
    is_watch = decision.urgency is Urgency.WATCH and decision.part is not Part.READING
    return is_watch and _is_new(screening)


def _is_new(screening: Screening) -> bool:
    answers = screening.given_answers
    return answers is not None and answers.is_new


def _without_calendar(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step for step in steps if step.link != CALENDAR)
