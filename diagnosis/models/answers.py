from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from diagnosis.models.screening import Screening
from diagnosis.rules import checklist


class Answers(models.Model):
    """The person's answers about a spot. `diagnosis.rules.checklist` evaluates them."""

    screening = models.OneToOneField(
        Screening, on_delete=models.CASCADE, primary_key=True, related_name="answers"
    )
    changed_size = models.BooleanField(_("It has changed in size"), default=False)
    irregular_shape = models.BooleanField(_("Its shape is irregular or has changed"), default=False)
    irregular_colour = models.BooleanField(
        _("It has several colours, or its colour has changed"), default=False
    )
    is_large = models.BooleanField(_("It is 7 mm wide or more, like a pencil"), default=False)
    is_inflamed = models.BooleanField(_("The skin around it is red or swollen"), default=False)
    is_oozing = models.BooleanField(_("It oozes or has a crust"), default=False)
    feels_different = models.BooleanField(_("It itches, hurts or feels different"), default=False)
    bleeds = models.BooleanField(_("It bleeds without a knock or scratch"), default=False)
    is_acral = models.BooleanField(_("It is under a nail, on a palm or on a sole"), default=False)
    is_raised = models.BooleanField(_("It is a raised lump"), default=False)
    is_growing_lump = models.BooleanField(_("It is a lump that grows"), default=False)
    is_unhealed = models.BooleanField(
        _("It is a sore that has not healed for four weeks"), default=False
    )
    is_new = models.BooleanField(
        _("It is new: I have had it for a few months at most"), default=False
    )
    changed_since_last = models.BooleanField(
        _("It has clearly changed since my last photo of it"), default=False
    )
    # Names of the form's questions that were answered with "don't know" or left out. Null for
    # answers from the time when a question could only be ticked.
    unsure = models.JSONField(null=True, blank=True)
    answered_at = models.DateTimeField(auto_now=True)
    # When the answers were first given, or last raised the urgency, perhaps one that a reading had
    # lowered. The deadline for seeing a doctor is counted from then.
    asks_since = models.DateTimeField(null=True, editable=False)
    # When a cause for seeing a doctor was last added. Earlier readings do not lower the urgency.
    cause_added_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name_plural: ClassVar = "answers"

    def __str__(self) -> str:
        return f"Answers on {self.screening_id}"

    @property
    def ticked(self) -> tuple[str, ...]:
        """The names of the questions that were answered with yes."""
        return tuple(name for name in checklist.QUESTIONS if getattr(self, name))

    @property
    def sentences(self) -> list[str]:
        """The ticked questions as sentences."""
        words = {field.name: str(field.verbose_name) for field in self._meta.fields}
        return [words[name] for name in self.ticked]

    @property
    def is_nothing_known(self) -> bool:
        """Whether no question was answered with yes or no."""
        return len(self.unsure or ()) >= checklist.ASKED

    @property
    def is_all_denied(self) -> bool:
        """Whether every question was answered with no."""
        return not self.ticked and self.unsure == []

    @property
    def points(self) -> int:
        return checklist.points(self.ticked)
