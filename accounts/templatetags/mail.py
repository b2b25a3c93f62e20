from pathlib import Path

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def mail_folder() -> Path | None:
    """Return the folder for mails of a site without a mail server. None in production."""
    return None if settings.EMAIL_HOST else settings.EMAIL_FILE_PATH
