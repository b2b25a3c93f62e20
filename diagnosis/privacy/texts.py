"""Texts for people about their data."""

from typing import Final

from django.utils.translation import gettext_lazy as _

EXPORT_LATER: Final = _("You have downloaded everything many times. You can do so again {}.")
