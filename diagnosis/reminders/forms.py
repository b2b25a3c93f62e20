"""Forms about the next photo, and about visits to a doctor."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django import forms
from django.contrib.auth.models import AbstractUser
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Lesion, Reminder
from diagnosis.reminders import reminders


class RecheckForm(forms.Form):
    months = forms.TypedChoiceField(
        label=_("Remind me to take a new photo"),
        choices=[
            *[(1, _("in 1 month")), (3, _("in 3 months")), (6, _("in 6 months"))],
            (0, _("never")),
        ],
        coerce=int,
    )

    def save_for(self, lesion: Lesion) -> None:
        reminders.choose_recheck(lesion, months=self.cleaned_data["months"])


class VisitForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("Have you seen a doctor about this spot?"),
        choices=Reminder.Answer.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of these first.")},
    )


# The name of the hidden fields with the visits that the page asked about.
SHOWN: Final = "shown"


class VisitsForm(forms.Form):
    """The question of `VisitForm` about several spots, with an answer for all or for each."""

    every = forms.ChoiceField(
        label=_("For all of them"),
        choices=[("", _("A different answer for each, below")), *Reminder.Answer.choices],
        widget=forms.RadioSelect,
        required=False,
    )

    def __init__(self, data: Any = None, *, visits: Iterable[Reminder]) -> None:
        super().__init__(data)
        self.visits = {str(reminder.pk): reminder for reminder in visits}
        if data is not None:
            # An answer for all must not apply to a visit that became due after the page was shown.
            self.visits = {pk: self.visits[pk] for pk in data.getlist(SHOWN) if pk in self.visits}
        for name, reminder in self.visits.items():
            self.fields[name] = forms.ChoiceField(
                label=str(reminder.lesion),
                choices=Reminder.Answer.choices,
                widget=forms.RadioSelect,
                required=False,
            )

    def rows(self) -> Iterator[tuple[Reminder, forms.BoundField]]:
        for name, reminder in self.visits.items():
            yield reminder, self[name]

    def save(self, *, by: AbstractUser) -> bool:
        """Store the answers. Return whether there were any."""
        for_all = self.cleaned_data["every"]
        answers = {name: self.cleaned_data[name] or for_all for name in self.visits}
        for name, answer in answers.items():
            if answer:
                reminders.answer(self.visits[name], by=by, choice=answer)
        return any(answers.values())
