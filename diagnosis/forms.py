from typing import Any, ClassVar

import django_filters
from django import forms
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from diagnosis import photos, services
from diagnosis.models import Prediction, Screening
from diagnosis.texts import IMAGE_FAULTS
from ml.images import MAX_BYTES, ImageError, ImageFault

ACCEPT = "image/jpeg,image/png,image/webp,image/heic,image/heif"


class PhotoField(forms.FileField):
    """A file that becomes a `CleanPhoto`: judged by its content, never by its name."""

    widget = forms.FileInput(attrs={"accept": ACCEPT})
    default_error_messages: ClassVar = {
        "required": "Choose a photo first.",
        "empty": "This file is empty. Choose the photo again.",
    }

    def clean(self, data: Any, initial: Any = None) -> photos.CleanPhoto:
        upload: UploadedFile = super().clean(data, initial)
        if upload.size and upload.size > MAX_BYTES:
            raise ValidationError(IMAGE_FAULTS[ImageFault.TOO_LARGE], ImageFault.TOO_LARGE)
        try:
            return photos.clean(upload)
        except ImageError as error:
            raise ValidationError(IMAGE_FAULTS[error.fault], error.fault) from error


class UploadForm(forms.Form):
    photo = PhotoField(label="Photo of one spot")
    capture = forms.ChoiceField(
        label="How was the photo taken?",
        help_text="A dermatoscope is the magnifier that skin doctors put on the skin.",
        choices=Screening.Capture.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say how the photo was taken; it matters for the reading."},
    )
    body_site = forms.ChoiceField(
        label="Where on the body? (optional)",
        choices=[("", "Choose, if you like"), *Screening.BodySite.choices],
        required=False,
    )
    note = forms.CharField(
        label="Your note (optional)",
        help_text="For you to recognise the spot later, such as “left, near the elbow”.",
        max_length=500,
        required=False,
    )

    def save(self, *, by: AbstractUser) -> Screening:
        return services.submit(by=by, **self.cleaned_data)


class HistoryFilter(django_filters.FilterSet):
    """Which of a person's screenings to show."""

    tier = django_filters.ChoiceFilter(
        field_name="predictions__tier",
        label="Tier",
        choices=Prediction.TierChoice.choices,
        empty_label="Any",
        distinct=True,
    )
    status = django_filters.ChoiceFilter(choices=Screening.Status.choices, empty_label="Any")
    since = django_filters.DateFilter(
        field_name="created_at",
        lookup_expr="date__gte",
        label="From",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    until = django_filters.DateFilter(
        field_name="created_at",
        lookup_expr="date__lte",
        label="To",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    class Meta:
        model = Screening
        fields: ClassVar[list[str]] = []

    @property
    def is_narrowed(self) -> bool:
        return any(self.form.data.get(name) for name in self.form.fields)
