from django import template

from diagnosis import outcomes, texts, versions
from diagnosis.models import Screening

register = template.Library()


@register.simple_tag
def advice() -> tuple[str, ...]:
    return texts.ADVICE


@register.simple_tag
def model_fault() -> str:
    return versions.fault()


@register.simple_tag
def kind(screening: Screening) -> str:
    return outcomes.describe(screening).kind
