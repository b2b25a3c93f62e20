"""When to look again, and whether a doctor has looked."""

from django import forms

from diagnosis.models import Lesion, Reminder
from diagnosis.reminders import reminders


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
