import math
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Self, cast
from uuid import uuid4

import django_filters
from django import forms
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format

from diagnosis import checklist, coins, reminders, sandbox, services
from diagnosis.cleaning import CleanPhoto
from diagnosis.models import (
    Answers,
    Histology,
    Impression,
    Lesion,
    ModelVersion,
    Prediction,
    Reminder,
    Review,
    Screening,
)
from diagnosis.querysets import ScreeningQuerySet
from diagnosis.texts import IMAGE_FAULTS
from ml.images import MAX_BYTES, ImageError, ImageFault
from ml.labels import Tier

# Points closer than this, a share of the photo's longer side, give no scale worth the name.
FEWEST_SHARE = 0.03
RECENT = timedelta(days=30)
ACCEPT = "image/jpeg,image/png,image/webp,image/heic,image/heif"


class PhotoField(forms.FileField):
    """A file that becomes a `CleanPhoto`: judged by its content, never by its name."""

    widget = forms.FileInput(attrs={"accept": ACCEPT})
    default_error_messages: ClassVar = {
        "required": "Choose a photo first.",
        "empty": "This file is empty. Choose the photo again.",
    }

    def clean(self, data: Any, initial: Any = None) -> CleanPhoto:
        upload: UploadedFile = super().clean(data, initial)
        if upload.size and upload.size > MAX_BYTES:
            raise ValidationError(IMAGE_FAULTS[ImageFault.TOO_LARGE], ImageFault.TOO_LARGE)
        try:
            return sandbox.clean(upload)
        except ImageError as error:
            raise ValidationError(IMAGE_FAULTS[error.fault], error.fault) from error


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "j F Y, H:i")


class SpotChoice(forms.ModelChoiceField):
    """Tells spots without a name apart by when the first photo was sent."""

    def label_from_instance(self, obj: Lesion) -> str:
        return obj.name or f"{obj}, since {_moment(obj.created_at)}"


def _ask_where(form: forms.BaseForm) -> None:
    if form.cleaned_data.get("side") and not form.cleaned_data.get("body_site"):
        form.add_error("body_site", "Say where on the body, too, or leave out the side.")


class UploadForm(forms.Form):
    photo = PhotoField(label="Photo of one spot")
    capture = forms.ChoiceField(
        label="How was the photo taken?",
        help_text="A dermatoscope is the magnifier that skin doctors put on the skin.",
        choices=Screening.Capture.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say how the photo was taken; it matters for the reading."},
    )
    lesion = SpotChoice(
        Lesion.objects.none(),
        label="Which spot is it?",
        empty_label="A new spot",
        required=False,
    )
    name = forms.CharField(
        label="What do you call it? (optional)",
        help_text="To recognise it later, such as “near the left shoulder blade”.",
        max_length=80,
        required=False,
    )
    body_site = forms.ChoiceField(
        label="Where on the body? (optional)",
        choices=[("", "Choose, if you like"), *Lesion.BodySite.choices],
        required=False,
    )
    side = forms.ChoiceField(
        label="Which side? (optional)",
        choices=[("", "Middle, or not said"), *Lesion.Side.choices],
        required=False,
    )
    note = forms.CharField(
        label="Anything about it today? (optional)", max_length=500, required=False
    )
    # One a page; the script takes one a photo instead.
    key = forms.UUIDField(required=False, initial=uuid4, widget=forms.HiddenInput)

    def __init__(self, *args: Any, by: AbstractUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        own = Lesion.objects.owned_by(by)
        cast("forms.ModelChoiceField", self.fields["lesion"]).queryset = own
        if not own.exists():
            del self.fields["lesion"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("lesion"):
            _ask_where(self)
        return cleaned

    def save(self) -> Screening:
        known, place = self.cleaned_data.get("lesion"), ("name", "body_site", "side")
        new = {name: self.cleaned_data[name] for name in place}
        return services.submit(
            by=self.by,
            photo=self.cleaned_data["photo"],
            lesion=known or Lesion(owner_id=self.by.pk, **new),
            capture=self.cleaned_data["capture"],
            note=self.cleaned_data["note"],
            key=self.cleaned_data["key"],
        )


class LesionForm(forms.ModelForm):
    class Meta:
        model = Lesion
        fields: ClassVar = ["name", "body_site", "side"]
        labels: ClassVar = {
            "name": "What do you call it?",
            "body_site": "Where on the body?",
            "side": "Which side?",
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        _ask_where(self)
        return cleaned

    def save_by(self, user: AbstractUser) -> Lesion:
        return services.describe_lesion(self.instance, by=user, changed=self.changed_data)


class AnswersForm(forms.ModelForm):
    """The questions about one photo's spot; nothing has to be ticked."""

    class Meta:
        model = Answers
        fields: ClassVar = list(checklist.QUESTIONS)

    def __init__(self, *args: Any, by: AbstractUser, is_followed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        if not is_followed:
            del self.fields["changed_since_last"]

    def save_for(self, screening: Screening) -> Answers:
        return services.answer(screening, by=self.by, ticked=self.cleaned_data)


class RecheckForm(forms.Form):
    """When to look at a lesion again."""

    months = forms.TypedChoiceField(
        label="Remind me to take a new photo",
        choices=[(1, "in 1 month"), (3, "in 3 months"), (6, "in 6 months"), (0, "never")],
        coerce=int,
    )

    def save_for(self, lesion: Lesion) -> None:
        reminders.choose_recheck(lesion, months=self.cleaned_data["months"])


class VisitForm(forms.Form):
    answer = forms.ChoiceField(
        label="Have you seen a doctor about it?",
        choices=Reminder.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of these first."},
    )


class ImpressionForm(forms.Form):
    """What the clinician sees, before they know what the model found."""

    finding = forms.ChoiceField(
        label="What do you see?",
        choices=Impression.Finding.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of these first."},
    )


class ReadingForm(forms.ModelForm):
    class Meta:
        model = Review
        fields: ClassVar = ["verdict", "note"]
        labels: ClassVar = {"verdict": "Your reading"}
        widgets: ClassVar = {
            "verdict": forms.RadioSelect,
            "note": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["verdict"]).choices = Review.Verdict.choices

    @classmethod
    def after(cls, impression: Impression | None, prediction: Prediction | None) -> Self:
        """Return the form with the verdict that follows from what the clinician saw."""
        finding = impression.finding if impression else ""
        is_elevated = prediction is not None and prediction.tier == Tier.ELEVATED
        verdicts = {
            Impression.Finding.SUSPICIOUS: Review.Verdict.REFER,
            Impression.Finding.UNSURE: Review.Verdict.REFER,
            Impression.Finding.UNUSABLE: Review.Verdict.UNUSABLE,
            Impression.Finding.NOT_SUSPICIOUS: Review.Verdict.DISAGREE
            if is_elevated
            else Review.Verdict.AGREE,
        }
        return cls(
            initial={"verdict": verdicts.get(Impression.Finding(finding))} if finding else {}
        )


class HistologyForm(forms.ModelForm):
    class Meta:
        model = Histology
        fields: ClassVar = ["diagnosis", "taken_on"]
        labels: ClassVar = {"diagnosis": "What did the biopsy find?"}
        widgets: ClassVar = {
            "diagnosis": forms.RadioSelect,
            "taken_on": forms.DateInput(attrs={"type": "date"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = Histology.Diagnosis.choices
        cast("forms.ChoiceField", self.fields["diagnosis"]).choices = choices

    def clean_taken_on(self) -> date:
        taken_on: date = self.cleaned_data["taken_on"]
        if taken_on > timezone.localdate():
            raise ValidationError("This day is still to come.")
        return taken_on


class PhotoChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Screening) -> str:
        return _moment(obj.created_at)


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


class PeriodForm(forms.Form):
    """From which day to which; a day that is left out is no limit."""

    since = forms.DateField(
        label="Photos sent from", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

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


class HistoryFilter(django_filters.FilterSet):
    """Which of a person's screenings to show."""

    tier = django_filters.ChoiceFilter(
        method="of_tier",
        label="Tier",
        choices=Prediction.TierChoice.choices,
        empty_label="Any",
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

    def of_tier(self, queryset: ScreeningQuerySet, name: str, value: str) -> ScreeningQuerySet:
        # Finding a result that waits for a clinician would tell it.
        return queryset.shown().filter(predictions__tier=value).distinct()

    @property
    def is_narrowed(self) -> bool:
        return any(self.form.data.get(name) for name in self.form.fields)


class PercentField(forms.FloatField):
    """Where a point is along one side of a photo."""

    def __init__(self, label: str) -> None:
        widget = forms.NumberInput(attrs={"step": "0.1"})
        super().__init__(label=label, min_value=0, max_value=100, widget=widget)


class ScaleForm(forms.Form):
    """Two points in a photo, and how far they are from each other in truth."""

    x1, y1 = PercentField("First end, % from the left"), PercentField("First end, % from the top")
    x2, y2 = PercentField("Other end, % from the left"), PercentField("Other end, % from the top")
    reference = forms.ChoiceField(
        label="What did you mark?",
        choices=[("ruler", "A length on a ruler"), *((name, name) for name in coins.DIAMETERS)],
    )
    length = forms.FloatField(
        label="How many millimetres on the ruler?",
        help_text="The longer the piece that you mark, the more exact the scale.",
        min_value=1,
        max_value=500,
        required=False,
        error_messages={
            "min_value": "Mark 1 mm at least.",
            "max_value": "Mark 500 mm at most.",
        },
    )

    def __init__(self, *args: Any, screening: Screening, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.screening = screening

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("reference") == "ruler" and not cleaned.get("length"):
            self.add_error("length", "Say how many millimetres of the ruler you marked.")
        if self._pixels() < FEWEST_SHARE * max(self.screening.width, self.screening.height):
            raise ValidationError("Mark the two ends of the coin or of a piece of the ruler.")
        return cleaned

    def _pixels(self) -> float:
        """Return how far the points are from each other in the photo; far where one is missing."""
        x1, y1, x2, y2 = (self.cleaned_data.get(name) for name in ("x1", "y1", "x2", "y2"))
        if None in {x1, y1, x2, y2}:
            return math.inf
        wide = (x1 - x2) / 100 * self.screening.width  # type: ignore[operator]
        high = (y1 - y2) / 100 * self.screening.height  # type: ignore[operator]
        return math.hypot(wide, high)

    def save(self, *, by: AbstractUser) -> None:
        chosen = self.cleaned_data["reference"]
        length = coins.DIAMETERS.get(chosen) or self.cleaned_data["length"]
        services.set_scale(self.screening, by=by, mm_per_px=length / self._pixels())
