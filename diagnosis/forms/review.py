"""What a clinician sees, reads, and hears of a biopsy."""

from datetime import date
from typing import Any, ClassVar, Self, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from diagnosis.forms.days import DayField
from diagnosis.models import Histology, Impression, Prediction, Review
from ml.labels import Tier


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
