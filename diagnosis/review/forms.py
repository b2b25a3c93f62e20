"""What a clinician sees, reads, and hears of a biopsy."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Final, Self, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from diagnosis.models import Histology, Impression, Prediction, Review, Screening
from diagnosis.review.days import DayField
from diagnosis.rules import tiers

Verdict = Review.Verdict
# From what was seen; what is not suspicious depends on the tier.
FOLLOWS: Final[dict[str, str]] = {
    Impression.Finding.SUSPICIOUS: Verdict.REFER,
    Impression.Finding.UNSURE: Verdict.REFER,
    Impression.Finding.UNUSABLE: Verdict.UNUSABLE,
}
# The name of the hidden field that says which answer of the model the page showed.
SHOWN: Final = "shown_prediction"
CHANGED: Final = (
    "The model's result changed while this page was open, so nothing was stored. "
    "Look at the new result, and choose your reading again."
)


def has_changed(data: Mapping[str, Any], prediction: Prediction | None) -> bool:
    """Return whether the page that sent the form showed another answer of the model than this."""
    shown: str = data.get(SHOWN, "")
    return shown != str(prediction.pk if prediction else "")


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

    def __init__(self, *args: Any, screening: Screening, **kwargs: Any) -> None:
        self.is_of_a_tier = screening.has_answer
        super().__init__(*args, **kwargs)
        # Without a tier there is nothing to agree or disagree with, and with one "watch" says that.
        left_out = {Verdict.WATCH} if self.is_of_a_tier else set(Review.ABOUT_A_TIER)
        choices = [(value, label) for value, label in Verdict.choices if value not in left_out]
        cast("forms.ChoiceField", self.fields["verdict"]).choices = choices

    @classmethod
    def again(cls, data: Mapping[str, Any], screening: Screening) -> Self:
        """Return the form with the note that was typed, and the verdict to be chosen again."""
        return cls(screening=screening, initial={"note": data.get("note", "")})

    @classmethod
    def after(cls, impression: Impression | None, screening: Screening) -> Self:
        """Return the form with the verdict that follows from what the clinician saw."""
        if impression is None:
            return cls(screening=screening)
        verdict = FOLLOWS.get(impression.finding) or _not_suspicious(screening.prediction)
        return cls(screening=screening, initial={"verdict": verdict})


def _not_suspicious(prediction: Prediction | None) -> str:
    if prediction is None or prediction.counts_as is None:
        return Verdict.WATCH
    return Verdict.DISAGREE if tiers.REFERS[prediction.tier] else Verdict.AGREE


class HistologyForm(forms.ModelForm):
    class Meta:
        model = Histology
        fields: ClassVar = ["diagnosis", "taken_on"]
        labels: ClassVar = {"diagnosis": "What did the biopsy find?"}
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
            raise ValidationError("This day is still to come.")
        return taken_on
