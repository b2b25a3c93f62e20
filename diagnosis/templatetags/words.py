from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.timesince import timesince

from accounts.models import SkinType
from diagnosis.classification import model_registry
from diagnosis.models import Reminder, Screening
from diagnosis.outcomes import outcomes, person, texts
from diagnosis.rules.intervals import Estimate
from diagnosis.screenings import kept_pictures, waiting

register = template.Library()
register.simple_tag(model_registry.fault, name="model_fault")
register.simple_tag(waiting.for_figures, name="waiting_for_figures")
register.filter("mark", outcomes.mark)
register.filter("in_a_list", outcomes.in_a_list)
register.filter("awaits_an_earlier_visit", outcomes.awaits_an_earlier_visit)


@register.simple_tag
def advice() -> list[str]:
    return [str(sentence) for sentence in texts.ADVICE]


@register.simple_tag(takes_context=True)
def picture(context: dict[str, Any], screening: Screening, name: str = "picture") -> str:
    """Return the address of a photo's picture or thumbnail, which its owner's browser may cache."""
    return kept_pictures.address(context["request"], name, screening.pk, screening.owner_id)


@register.simple_tag(takes_context=True)
def newest_thumbnail(context: dict[str, Any], lesion: Any) -> str:
    """Return the address of the thumbnail of a spot from `with_newest_photo`."""
    return kept_pictures.address(context["request"], "thumbnail", lesion.newest_pk, lesion.owner_id)


@register.simple_tag
def skin_types() -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in SkinType.choices]


@register.simple_tag
def waiting_for_answers(screenings: Screening | Iterable[Screening]) -> str:
    return waiting.for_answers([screenings] if isinstance(screenings, Screening) else screenings)


@register.filter
def of_kind(due: Iterable[Reminder], kind: str) -> list[Reminder]:
    return [reminder for reminder in due if reminder.kind == kind]


@register.filter
def unbroken(text: str) -> str:
    """Keep a number and its per cent sign on the same line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


@register.filter
def waited(since: datetime) -> str:
    """Return the time since a moment in a single unit, at least a minute."""
    return timesince(min(since, timezone.now() - timedelta(minutes=1)), depth=1)


@register.filter
def reasons(screening: Screening) -> list[str]:
    """Return the person's answers that are causes for seeing a doctor, without measured growth."""
    return [quoted for quoted, _ in person.reasons(screening, with_growth=False)]


@register.filter
def share(probability: float) -> str:
    return unbroken(f"{round(100 * probability)} %")


@register.filter
def percent(estimate: Estimate) -> str:
    value, low, high = (round(100 * figure) for figure in estimate)
    return f"{value} % ({low}–{high} %)"


@register.filter
def decimal(estimate: Estimate) -> str:
    value, low, high = (f"{figure:.2f}".replace("-", "−") for figure in estimate)
    return f"{value} ({low} to {high})"
