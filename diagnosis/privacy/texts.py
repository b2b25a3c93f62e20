"""Texts for people about their data."""

from typing import Final

EXPORT_LATER: Final = "You have downloaded everything many times. You can do so again {}."
