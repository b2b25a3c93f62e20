"""The design tokens and icons, read from the files that define them."""

import re
from typing import Final

from django.conf import settings

BANNERS: Final = (
    ("urgent", "Urgent: show it to a doctor"),
    ("soon", "Book an appointment now"),
    ("watch", "Watch it, and take a new photo"),
    ("unanswered", "No answer"),
)


def colours() -> list[str]:
    return _names_in(r"--([\w-]+): #", "css/tokens.css")


def icons() -> list[str]:
    return _names_in(r'<symbol id="([\w-]+)"', "img/icons.svg")


def _names_in(pattern: str, name: str) -> list[str]:
    text = (settings.BASE_DIR / "static" / name).read_text()
    return list(dict.fromkeys(re.findall(pattern, text)))
