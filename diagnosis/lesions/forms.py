"""Forms for a spot's name and place, for moving photos, and for comparing two photos."""

from datetime import datetime
from typing import Any, ClassVar, cast

from django import forms
from django.contrib.auth.models import AbstractUser
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.lesions import moving, services
from diagnosis.lesions.texts import (
    ALL_OF_THEM,
    CLINICIANS_ALONE,
    MOVED_MEANWHILE,
    NEW_SPOT,
    TWO_BIOPSIES,
)
from diagnosis.models import Lesion, Screening
from diagnosis.models.lesion import LesionQuerySet

SITES = [("", _("No answer")), *Lesion.BodySite.choices]
SIDES = [("", _("Middle, or no answer")), *Lesion.Side.choices]


def moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j M Y, H:i")


def ask_where(form: forms.BaseForm) -> None:
    if form.cleaned_data.get("side") and not form.cleaned_data.get("body_site"):
        form.add_error(
            "body_site", gettext("Also choose where on the body, or leave out the side.")
        )


class LesionForm(forms.ModelForm):
    body_site = forms.ChoiceField(label=_("Where on the body?"), choices=SITES, required=False)
    side = forms.ChoiceField(label=_("Which side?"), choices=SIDES, required=False)

    class Meta:
        model = Lesion
        fields: ClassVar = ["name", "body_site", "side"]
        labels: ClassVar = {"name": _("What do you call the spot?")}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        ask_where(self)
        return cleaned

    def save_by(self, user: AbstractUser) -> Lesion:
        return services.describe_lesion(self.instance, by=user, changed=self.changed_data)


class PhotoPictures(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Screening) -> str:
        return moment(obj.created_at)


class MoveForm(forms.Form):
    """Selects photos of a spot, and the spot to which they belong."""

    photos = PhotoPictures(
        Screening.objects.none(),
        label=_("Which photos?"),
        error_messages={"required": _("Choose the photos that belong to another spot.")},
    )
    to = forms.ModelChoiceField(
        Lesion.objects.none(),
        label=_("Which spot do they show?"),
        required=False,
        blank=True,
        empty_label=NEW_SPOT,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any, *, lesion: Lesion, photo: str = "") -> None:
        super().__init__(data, initial={"photos": [photo]})
        self.lesion = lesion
        cast("PhotoPictures", self.fields["photos"]).queryset = lesion.screenings.all()
        spots = cast("forms.ModelChoiceField", self.fields["to"])
        spots.queryset = Lesion.objects.beside(lesion).by_newest_photo().with_newest_photo()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        photos, target = cleaned.get("photos"), cleaned.get("to")
        if not photos or "to" not in cleaned:
            return cleaned
        if target is None and len(photos) == self.lesion.screenings.count():
            self.add_error("to", ALL_OF_THEM)
        return cleaned

    def move_by(self, user: AbstractUser) -> Lesion | None:
        """Move the photos, and return their new spot, or None if that is not possible."""
        new = Lesion(owner=self.lesion.owner, profile=self.lesion.profile)
        target = self.cleaned_data["to"] or new
        try:
            moving.move_photos(list(self.cleaned_data["photos"]), target, by=user)
        except moving.ForCliniciansError:
            self.add_error(None, CLINICIANS_ALONE)
            return None
        except moving.TwoBiopsiesError:
            self.add_error("to", TWO_BIOPSIES)
            return None
        except moving.MovedMeanwhileError:
            self.add_error(None, MOVED_MEANWHILE)
            return None
        return target


class PlaceForm(forms.Form):
    """Selects a region of the body map, or the whole map if nothing is chosen."""

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
    """Selects two photos of a lesion to compare. The default is the first and the newest."""

    before = PhotoChoice(Screening.objects.none(), label=_("First photo"), empty_label=None)
    after = PhotoChoice(Screening.objects.none(), label=_("Second photo"), empty_label=None)

    def __init__(self, data: Any, *, lesion: Lesion) -> None:
        photos = lesion.screenings.order_by("created_at")
        ends = {"before": photos.first(), "after": photos.last()}
        chosen = {name: data.get(name) or (end and end.pk) for name, end in ends.items()}
        super().__init__(chosen)
        for field in self.fields.values():
            cast("PhotoChoice", field).queryset = photos

    @property
    def pair(self) -> list[Screening]:
        """The two photos; no photos if either does not exist, or if both are the same photo."""
        chosen = list(self.cleaned_data.values()) if self.is_valid() else []
        return chosen if len({*chosen}) == len(chosen) else []
