"""The period of the statistics."""

from datetime import timedelta
from typing import Any, Self

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.review.days import DayField

RECENT = timedelta(days=30)


class PeriodForm(forms.Form):
    """The first and the last day of the period. An empty field sets no limit."""

    since = DayField(label=_("Photos sent from"), required=False)
    until = DayField(label=_("To"), required=False)

    @classmethod
    def submitted(cls, data: QueryDict) -> Self:
        """Return the submitted form, or a form for the last 30 days if nothing was submitted."""
        recent = {"since": (timezone.localdate() - RECENT).isoformat()}
        return cls(data if cls.base_fields.keys() & data.keys() else recent)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", gettext("This day is before the first day."))
        return cleaned

    @property
    def days(self) -> dict[str, str]:
        """The days as parameters of a query string."""
        return {name: str(day or "") for name, day in self.cleaned_data.items()}
