"""The common name of a session's browser and system."""

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

register = template.Library()

# The first match counts, because most user agents also name other browsers.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": _("Samsung Internet"),
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": _("an iPhone"),
    "iPad": _("an iPad"),
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": _("a Mac"),
    "CrOS": _("a Chromebook"),
    "Linux": "Linux",
}


@register.filter
def device(user_agent: str) -> str:
    browser = next(
        (str(name) for sign, name in BROWSERS.items() if sign in user_agent), gettext("A browser")
    )
    system = next((str(name) for sign, name in SYSTEMS.items() if sign in user_agent), "")
    words = gettext("{browser} on {system}")
    return words.format(browser=browser, system=system) if system else browser
