"""Forms for a clinician's impression, reading, and biopsy result."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final, Self, cast

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Histology, Impression, Lesion, Prediction, Review, Screening
from diagnosis.review.days import DayField

# The names of the hidden fields that identify the prediction and the causes that the page showed.
SHOWN: Final = "shown_prediction"
SHOWN_CAUSES: Final = "shown_causes"
CHANGED: Final = _(
    "The model's result changed while this page was open, so nothing was stored. "
    "Look at the new result, and choose your reading again."
)
CHANGED_CAUSES: Final = _(
    "The person's answers or the measured growth changed while this page was open, so nothing was "
    "stored. Look at why a doctor should see the spot, and choose your reading again."
)
GROWTH_HIDDEN: Final = _(
    "This page hides a finding until your own impression is stored. Read the photo on the page of "
    "its case, which asks for the impression first."
)
# For a biopsy result whose spot is gone when the form arrives.
DELETED: Final = _("The spot was deleted while its page was open, so nothing was stored.")
MERGED: Final = _(
    "While you entered the result, the spot was merged into another spot, so nothing was stored. "
    "You now see the page of that other spot: check that the biopsy is of this spot, and enter the "
    "result again."
)


def is_outdated(data: Mapping[str, Any], prediction: Prediction | None) -> bool:
    """Return whether the submitted page showed a prediction other than the current one."""
    shown: str = data.get(SHOWN, "")
    return shown != str(prediction.pk if prediction else "")


def has_other_causes(data: Mapping[str, Any], screening: Screening) -> bool:
    """Return whether the submitted page showed causes other than the current ones.

    A reading counts as knowing all causes from before it was stored.
    """
    shown: str = data.get(SHOWN_CAUSES, "")
    return shown != screening.causes_stamp


class ImpressionForm(forms.Form):
    finding = forms.ChoiceField(
        label=_("What do you see?"),
        choices=Impression.OFFERED,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of these first.")},
    )


class ReadingForm(forms.ModelForm):
    class Meta:
        model = Review
        fields: ClassVar = ["verdict", "message", "note"]
        labels: ClassVar = {"verdict": _("Your reading")}
        widgets: ClassVar = {
            "verdict": forms.RadioSelect,
            "message": forms.Textarea(attrs={"rows": 2}),
            "note": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["verdict"]).choices = Review.OFFERED

    @classmethod
    def again(cls, data: Mapping[str, Any]) -> Self:
        """Return the form with the typed text, and without a verdict."""
        return cls(initial={name: data.get(name, "") for name in ("message", "note")})

    @classmethod
    def after(cls, impression: Impression | None) -> Self:
        """Return the form with the clinician's impression as the initial reading."""
        return cls(initial={"verdict": impression.reading.value} if impression else {})


class QueueFilter(django_filters.FilterSet):
    """Filters for waiting cases. No filter reveals the model's result."""

    capture = django_filters.ChoiceFilter(
        choices=Screening.Capture.choices, label=_("How it was taken"), empty_label=_("Any")
    )
    lesion__body_site = django_filters.ChoiceFilter(
        choices=Lesion.BodySite.choices, label=_("Where on the body"), empty_label=_("Anywhere")
    )

    class Meta:
        model = Screening
        fields: ClassVar[list[str]] = []

    @property
    def is_narrowed(self) -> bool:
        return any(self.form.data.get(name) for name in self.form.fields)


class HistologyForm(forms.ModelForm):
    class Meta:
        model = Histology
        fields: ClassVar = ["diagnosis", "taken_on"]
        labels: ClassVar = {"diagnosis": _("What did the biopsy find?")}
        widgets: ClassVar = {
            "diagnosis": forms.RadioSelect,
            "taken_on": DayField.widget,
        }
        field_classes: ClassVar = {"taken_on": DayField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = Histology.Diagnosis.choices
        cast("forms.ChoiceField", self.fields["diagnosis"]).choices = choices

    def clean_taken_on(self) -> date:
        taken_on: date = self.cleaned_data["taken_on"]
        if taken_on > timezone.localdate():
            raise ValidationError(gettext("This day is in the future."))
        return taken_on
