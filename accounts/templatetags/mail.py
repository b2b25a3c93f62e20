from pathlib import Path

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def mail_folder() -> Path | None:
    """Return the folder for mails, or None if a mail server is set, as in production."""
    return None if settings.EMAIL_HOST else settings.EMAIL_FILE_PATH
