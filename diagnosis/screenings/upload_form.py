"""The upload form: a photo, and the facts about it."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, ClassVar, cast
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.models import ModelChoiceIterator, ModelChoiceIteratorValue
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import SKIN_CHOICES, skin_type_of
from accounts.models import User
from diagnosis.audit import merged_spots
from diagnosis.decoder.cleaning import CleanPhoto
from diagnosis.lesions.forms import SIDES, SITES, ask_where
from diagnosis.models import Lesion, Profile, Screening
from diagnosis.models.lesion import LesionQuerySet
from diagnosis.photos import photo_decoder
from diagnosis.screenings import services
from diagnosis.screenings.texts import IMAGE_FAULTS, SPOT_GONE
from ml.preprocessing.file_size import MAX_BYTES
from ml.preprocessing.images import ImageError, ImageFault

SOMEBODY_NEW = "new"
# The optional fields in the folded part of the form.
MORE = ("name", "body_site", "side", "note")
# With file extensions for HEIC, whose media types some systems do not know.
ACCEPT = "image/jpeg,image/png,image/webp,image/heic,image/heif,.heic,.heif,.hif"


class PhotoField(forms.FileField):
    """A file that becomes a `CleanPhoto`. Its format is recognised by content, never by name."""

    # The page's script checks size and kind before sending, and shows the same messages.
    widget = forms.FileInput(
        attrs={
            "accept": ACCEPT,
            "data-most": MAX_BYTES,
            "data-too-large": IMAGE_FAULTS[ImageFault.TOO_LARGE],
            "data-no-photo": IMAGE_FAULTS[ImageFault.NOT_AN_IMAGE],
        }
    )
    default_error_messages: ClassVar = {
        "required": _("Choose a photo first."),
        "empty": _("This file is empty. Choose the photo again."),
    }

    def clean(self, data: Any, initial: Any = None) -> CleanPhoto:
        upload: UploadedFile = super().clean(data, initial)
        if upload.size and upload.size > MAX_BYTES:
            raise ValidationError(IMAGE_FAULTS[ImageFault.TOO_LARGE], ImageFault.TOO_LARGE)
        try:
            return photo_decoder.clean(upload)
        except ImageError as error:
            raise ValidationError(IMAGE_FAULTS[error.fault], error.fault) from error


class NewestSpots(ModelChoiceIterator):
    """Offers the newest spots and the chosen spot, not all: a person may have thousands."""

    field: "SpotChoice"

    def __iter__(self) -> Iterator[tuple[ModelChoiceIteratorValue | str, str]]:
        yield "", str(self.field.empty_label)
        # Sorted only for a page with the form: storing an upload needs no list of spots.
        spots = cast("LesionQuerySet", self.queryset).by_newest_photo().with_newest_photo()
        newest = list(spots[: self.field.most + 1])
        self.field.has_older = len(newest) > self.field.most
        shown, chosen = newest[: self.field.most], self.field.chosen()
        if chosen and chosen not in shown:
            shown += spots.filter(pk=chosen.pk)
        for spot in shown:
            yield self.choice(spot)


class SpotChoice(forms.ModelChoiceField):
    widget = forms.RadioSelect
    iterator = NewestSpots
    # The number of newest spots in the form. An older spot's own page has a link to the form.
    most = 24
    # Whether the person has more spots than `most`. Iterating over the choices sets this.
    has_older = False
    # The form's value for this field.
    value: Any = None
    default_error_messages: ClassVar = {"invalid_choice": SPOT_GONE}

    def to_python(self, value: Any) -> Lesion | None:
        """Return the spot, or the spot that it was merged into since the page was opened."""
        try:
            return super().to_python(value)
        except ValidationError:
            if (into := _successor(value)) is None:
                raise
            # The field's queryset accepts only the person's own spots.
            return super().to_python(into.pk)

    def chosen(self) -> Lesion | None:
        with suppress(ValidationError):
            return self.to_python(self.value)
        return None


def _successor(value: Any) -> Lesion | None:
    try:
        return merged_spots.successor(UUID(str(value)))
    except ValueError:
        return None


class UploadForm(forms.Form):
    photo = PhotoField(label=_("Photo of one spot"))
    capture = forms.ChoiceField(
        label=_("How was the photo taken?"),
        help_text=_("A dermatoscope is the magnifier that skin doctors put on the skin."),
        choices=Screening.Capture.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the photo was taken: the result depends on it.")},
    )
    whose = forms.ChoiceField(
        label=_("Whose skin does the photo show?"), required=False, widget=forms.RadioSelect
    )
    person = forms.CharField(
        label=_("What do you call this person?"),
        help_text=_("Such as “my father”. This keeps their spots and answers apart from yours."),
        max_length=80,
        required=False,
    )
    skin_type = forms.ChoiceField(
        label=_("Skin colour, where the sun does not reach"),
        choices=SKIN_CHOICES,
        required=False,
        widget=forms.RadioSelect,
    )
    lesion = SpotChoice(
        Lesion.objects.none(),
        label=_("Which spot is it?"),
        empty_label=_("A new spot"),
        required=False,
        blank=True,
    )
    name = forms.CharField(
        label=_("What do you call the spot?"),
        help_text=_("A name to recognise it by, such as “near the left shoulder blade”."),
        max_length=80,
        required=False,
    )
    body_site = forms.ChoiceField(
        label=_("Where on the body?"),
        choices=SITES,
        required=False,
    )
    side = forms.ChoiceField(
        label=_("Which side?"),
        choices=SIDES,
        required=False,
    )
    note = forms.CharField(
        label=_("Anything to note about this spot today?"), max_length=500, required=False
    )
    # Identifies a photo that is sent twice. The script replaces the page's key by a key per photo.
    key = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        others = Profile.objects.filter(owner_id=by.pk).exclude(name="").values_list("pk", "name")
        cast("forms.ChoiceField", self.fields["whose"]).choices = [
            ("", gettext("Mine")),
            *others,
            (SOMEBODY_NEW, gettext("Somebody else's")),
        ]
        own = Lesion.objects.owned_by(by)
        spots = cast("SpotChoice", self.fields["lesion"])
        spots.queryset = own
        spots.value = self["lesion"].value()
        if self.data.get("lesion") and not own.exists():
            # The person's only spot was deleted meanwhile: the photo starts a new spot.
            del self.fields["lesion"]

    @property
    def has_more(self) -> bool:
        """Whether the folded part has an entry or an error, so that it has to be open."""
        return any(self[name].value() or self[name].errors for name in MORE)

    def clean_skin_type(self) -> str:
        return skin_type_of(self.cleaned_data["skin_type"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("lesion"):
            ask_where(self)
            if cleaned.get("whose") == SOMEBODY_NEW and not cleaned.get("person"):
                self.add_error(
                    "person", gettext("Enter what you call this person, such as “my father”.")
                )
        if self.errors:
            cleaned.pop("photo", None)
        return cleaned

    def _profile(self) -> Profile:
        """Return the profile of a new spot's person. Store the skin type if the profile has none.

        A new profile is not stored yet: `submit` stores it with the photo.
        """
        whose, owned = self.cleaned_data["whose"], Profile.objects.filter(owner_id=self.by.pk)
        if whose and whose != SOMEBODY_NEW:
            profile = owned.get(pk=whose)
        else:
            name = self.cleaned_data["person"] if whose else ""
            profile = owned.filter(name=name).first() or Profile(owner_id=self.by.pk, name=name)
        if (skin_type := self.cleaned_data["skin_type"]) and not profile.skin_type:
            services.set_skin_type(profile, skin_type, by=self.by)
        return profile

    def save(self) -> Screening | None:
        """Send the photo. Return None if its spot was deleted meanwhile.

        The form drops the photo: Python frees a form only when it collects reference cycles, and by
        then other forms may hold a hundred photos.
        """
        try:
            return self._send()
        except Lesion.DoesNotExist:
            self.add_error("lesion", SPOT_GONE)
            return None

    def _send(self) -> Screening:
        lesion, place = self.cleaned_data.get("lesion"), ("name", "body_site", "side")
        new = {name: self.cleaned_data[name] for name in place}
        screening = Screening(
            capture=self.cleaned_data["capture"],
            note=self.cleaned_data["note"],
            upload_key=self.cleaned_data["key"],
            asks_first=True,
        )
        lesion = lesion or Lesion(owner_id=self.by.pk, profile=self._profile(), **new)
        return services.submit(screening, self.cleaned_data.pop("photo"), lesion, by=self.by)
