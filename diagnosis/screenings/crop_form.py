"""The form to crop a refused photo, and send the part as a new photo."""

from typing import Any, Final
from uuid import uuid4

from django import forms
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from diagnosis.models import Screening
from diagnosis.photos import photo_decoder
from diagnosis.screenings import services

# A frame with a side of fewer pixels shows too little of a spot to be read.
FEWEST_PIXELS: Final = 100


class PercentField(forms.FloatField):
    """The position or the size of the frame along one side of a photo."""

    def __init__(self) -> None:
        super().__init__(min_value=0, max_value=100, widget=forms.HiddenInput)


class CropForm(forms.Form):
    left, top, width, height = (PercentField() for _ in range(4))
    # A key for each page, so that a double click sends a single photo.
    key = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, screening: Screening) -> None:
        super().__init__(data)
        self.screening = screening

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            raise ValidationError(gettext("Put the frame around the spot first."))
        left, top, right, bottom = self._box()
        if min(right - left, bottom - top) < FEWEST_PIXELS:
            raise ValidationError(gettext("The frame is too small to be read. Make it larger."))
        return cleaned

    def _box(self) -> tuple[int, int, int, int]:
        """Return the frame in pixels, clipped to the photo."""
        wide, high = self.screening.width, self.screening.height
        sides = ("left", "top", "width", "height")
        left, top, width, height = (self.cleaned_data[name] / 100 for name in sides)
        right, bottom = min(1, left + width), min(1, top + height)
        return round(left * wide), round(top * high), round(right * wide), round(bottom * high)

    def save(self, *, by: AbstractUser) -> Screening:
        with self.screening.photo.open("rb") as stored:
            photo = photo_decoder.crop(stored, self._box())
        part = Screening(
            capture=self.screening.capture,
            note=self.screening.note,
            upload_key=self.cleaned_data["key"],
            asks_first=self.screening.asks_first,
        )
        return services.submit(part, photo, self.screening.lesion, by=by)
