"""Of which days, and of which models, the figures are."""

from datetime import timedelta
from typing import Any, Self

from django import forms
from django.http import QueryDict
from django.utils import timezone

from diagnosis.models import ModelVersion
from diagnosis.review.days import DayField

RECENT = timedelta(days=30)


class PeriodForm(forms.Form):
    """From which day to which; a day that is left out is no limit."""

    since = DayField(label="Photos sent from", required=False)
    until = DayField(label="To", required=False)

    @classmethod
    def asked(cls, data: QueryDict) -> Self:
        """Return the form as it was sent, or else with the last month."""
        recent = {"since": (timezone.localdate() - RECENT).isoformat()}
        return cls(data if cls.base_fields.keys() & data.keys() else recent)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            self.add_error("until", "This day is before the first one.")
        return cleaned

    @property
    def days(self) -> dict[str, str]:
        """The days as an address has them."""
        return {name: str(day or "") for name, day in self.cleaned_data.items()}


class ModelComparisonForm(forms.Form):
    """Which two model versions to lay side by side: what runs, and what ran last, if not said."""

    one = forms.ModelChoiceField(ModelVersion.objects.all(), label="This model", empty_label=None)
    other = forms.ModelChoiceField(
        ModelVersion.objects.all(), label="beside this one", empty_label=None
    )

    def __init__(self, data: Any) -> None:
        versions = ModelVersion.objects
        one = versions.answering().first()
        other = versions.shadowing().first() or versions.replaced().first()
        chosen = {"one": one and one.pk, "other": other and other.pk}
        super().__init__({name: data.get(name) or pk for name, pk in chosen.items()})

    @property
    def pair(self) -> tuple[str, str] | None:
        """The versions, or None where what was asked for is not there."""
        if not self.is_valid():
            return None
        return self.cleaned_data["one"].version, self.cleaned_data["other"].version
