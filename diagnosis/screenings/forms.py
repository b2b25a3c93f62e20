"""Filters for the history."""

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Prediction, Screening
from diagnosis.models.querysets.screenings import ScreeningQuerySet
from diagnosis.review.days import DayField
from diagnosis.rules import stored_tiers
from ml.labels import Tier

UNANSWERED = ("unanswered", _("No answer"))
# In lists, the label of `failed` adds that it was our fault. In the filter, it does not.
STATUSES = [
    *(Screening.Status.choices[:-1]),
    (Screening.Status.FAILED.value, _("Could not be read")),
]


class DayFilter(django_filters.DateFilter):
    field_class = DayField


class HistoryFilter(django_filters.FilterSet):
    """Filters a person's own screenings."""

    tier = django_filters.ChoiceFilter(
        method="of_tier",
        # The results in the list may differ: answers, readings and growth can change them.
        label=_("Model's result"),
        choices=[*((tier.value, Prediction.TierChoice(tier).label) for tier in Tier), UNANSWERED],
        empty_label=_("Any"),
    )
    status = django_filters.ChoiceFilter(choices=STATUSES, label=_("Status"), empty_label=_("Any"))
    since = DayFilter(field_name="created_at", lookup_expr="date__gte", label=_("From"))
    until = DayFilter(field_name="created_at", lookup_expr="date__lte", label=_("To"))

    class Meta:
        model = Screening
        fields: ClassVar[list[str]] = []

    def of_tier(self, queryset: ScreeningQuerySet, name: str, value: str) -> ScreeningQuerySet:
        counted = None if value == UNANSWERED[0] else Tier(value)
        # Only visible results, since a filter on the tier would reveal a hidden result.
        return queryset.with_visible_result().of_tiers(stored_tiers.stored_as(counted))

    @property
    def is_narrowed(self) -> bool:
        return any(self.form.data.get(name) for name in self.form.fields)
