"""Which models to compare."""

from typing import Any

from django import forms

from diagnosis.models import ModelVersion


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
