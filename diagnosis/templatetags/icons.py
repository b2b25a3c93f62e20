from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

# The icon's shape for each kind of outcome, for people who cannot distinguish the colours.
SHAPES = {
    "urgent": "urgent",
    "soon": "soon",
    "watch": "watch",
    "visited": "doctor",
    "unanswered": "ask",
    "withheld": "ask",
    "minor": "ask",
    "age_first": "ask",
    "questions_first": "ask",
    "refused": "again",
    "failed": "failed",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw an icon of static/img/icons.svg. The words beside it give its meaning."""
    drawing = '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>'
    return format_html(drawing, static("img/icons.svg"), name)


@register.filter
def shape(kind: str) -> str:
    return SHAPES.get(kind, "waiting")
