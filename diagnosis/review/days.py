"""A form field for dates that people enter."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

# Python's first and last dates cannot be converted to another time zone, so the range is smaller.
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)
OUTSIDE = _("Choose a day between 1900 and 2999.")


class DayField(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date", "min": str(FIRST), "max": str(LAST)})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators += [MinValueValidator(FIRST, OUTSIDE), MaxValueValidator(LAST, OUTSIDE)]
