"""What a spot is called, where it is, and two photos of it side by side."""

from datetime import datetime
from typing import Any, ClassVar, cast

from django import forms
from django.contrib.auth.models import AbstractUser
from django.utils import timezone
from django.utils.formats import date_format

from diagnosis.lesions import services
from diagnosis.models import Lesion, Screening
from diagnosis.models.lesion import LesionQuerySet

SITES = [("", "No answer"), *Lesion.BodySite.choices]
SIDES = [("", "Middle, or no answer"), *Lesion.Side.choices]


def moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j F Y, H:i")


def ask_where(form: forms.BaseForm) -> None:
    if form.cleaned_data.get("side") and not form.cleaned_data.get("body_site"):
        form.add_error("body_site", "Say where on the body, too, or leave out the side.")


class LesionForm(forms.ModelForm):
    body_site = forms.ChoiceField(label="Where on the body?", choices=SITES, required=False)
    side = forms.ChoiceField(label="Which side?", choices=SIDES, required=False)

    class Meta:
        model = Lesion
        fields: ClassVar = ["name", "body_site", "side"]
        labels: ClassVar = {"name": "What do you call it?"}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        ask_where(self)
        return cleaned

    def save_by(self, user: AbstractUser) -> Lesion:
        return services.describe_lesion(self.instance, by=user, changed=self.changed_data)


class PlaceForm(forms.Form):
    """Which part of the body map was chosen; none: all of it."""

    body_site = forms.ChoiceField(choices=SITES, required=False)
    side = forms.ChoiceField(choices=SIDES, required=False)

    def chosen(self, own: LesionQuerySet) -> LesionQuerySet:
        if not self.is_valid():
            return own.none()
        return own.at(self.cleaned_data["body_site"], self.cleaned_data["side"])


class PhotoChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Screening) -> str:
        return moment(obj.created_at)


class ComparisonForm(forms.Form):
    """Which two photos of a lesion to lay side by side: the first and the newest if not said."""

    before = PhotoChoice(Screening.objects.none(), label="First photo", empty_label=None)
    after = PhotoChoice(Screening.objects.none(), label="Second photo", empty_label=None)

    def __init__(self, data: Any, *, lesion: Lesion) -> None:
        photos_ = lesion.screenings.order_by("created_at")
        ends = {"before": photos_.first(), "after": photos_.last()}
        chosen = {name: data.get(name) or (end and end.pk) for name, end in ends.items()}
        super().__init__(chosen)
        for field in self.fields.values():
            cast("PhotoChoice", field).queryset = photos_

    @property
    def pair(self) -> list[Screening]:
        """The photos, or none where what was asked for is not there."""
        return list(self.cleaned_data.values()) if self.is_valid() else []
