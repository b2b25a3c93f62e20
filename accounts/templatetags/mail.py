from pathlib import Path

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def mail_folder() -> Path | None:
    """Where mail is written in an installation that sends none. Production always sends it."""
    return None if settings.EMAIL_HOST else settings.EMAIL_FILE_PATH
