"""The form that selects two models to compare."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from diagnosis.models import ModelVersion


class ModelComparisonForm(forms.Form):
    """Selects two model versions to compare.

    The first is by default the active version. The second is by default the version in shadow, or
    the last replaced version if there is none.
    """

    one = forms.ModelChoiceField(
        ModelVersion.objects.all(), label=_("First model"), empty_label=None
    )
    other = forms.ModelChoiceField(
        ModelVersion.objects.all(), label=_("Second model"), empty_label=None
    )

    def __init__(self, data: Any) -> None:
        versions = ModelVersion.objects
        one = versions.answering().first()
        other = versions.shadowing().first() or versions.replaced().first()
        chosen = {"one": one and one.pk, "other": other and other.pk}
        super().__init__({name: data.get(name) or pk for name, pk in chosen.items()})

    @property
    def pair(self) -> tuple[str, str] | None:
        """The two versions, or None if either does not exist."""
        if not self.is_valid():
            return None
        return self.cleaned_data["one"].version, self.cleaned_data["other"].version
