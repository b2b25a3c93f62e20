"""A photo's questions, and which photos a history shows."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.contrib.auth.models import AbstractUser

from diagnosis.models import Answers, Screening
from diagnosis.models.querysets.screenings import ScreeningQuerySet
from diagnosis.outcomes import texts
from diagnosis.review.days import DayField
from diagnosis.rules import checklist, tiers
from diagnosis.screenings import services
from ml.labels import Tier

UNANSWERED = ("unanswered", "No answer")


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


class DayFilter(django_filters.DateFilter):
    field_class = DayField


class HistoryFilter(django_filters.FilterSet):
    """Which of a person's screenings to show."""

    tier = django_filters.ChoiceFilter(
        method="of_tier",
        label="Result",
        choices=[*((tier.value, texts.IN_A_LIST[tier]) for tier in Tier), UNANSWERED],
        empty_label="Any",
    )
    status = django_filters.ChoiceFilter(choices=Screening.Status.choices, empty_label="Any")
    since = DayFilter(field_name="created_at", lookup_expr="date__gte", label="From")
    until = DayFilter(field_name="created_at", lookup_expr="date__lte", label="To")

    class Meta:
        model = Screening
        fields: ClassVar[list[str]] = []

    def of_tier(self, queryset: ScreeningQuerySet, name: str, value: str) -> ScreeningQuerySet:
        # Finding a result that waits for a clinician would tell it.
        counted = None if value == UNANSWERED[0] else Tier(value)
        return queryset.shown().of_tiers(tiers.stored_as(counted))

    @property
    def is_narrowed(self) -> bool:
        return any(self.form.data.get(name) for name in self.form.fields)
