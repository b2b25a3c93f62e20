"""Readings of a screening in the admin."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet, TextField
from django.forms import BaseInlineFormSet, Textarea
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Review, Screening
from diagnosis.review.forms import (
    CHANGED,
    CHANGED_CAUSES,
    GROWTH_HIDDEN,
    has_other_causes,
    is_outdated,
)


class ReviewFormSet(BaseInlineFormSet):
    """Readings of a screening. It refuses a reading if the page showed an older case."""

    def clean(self) -> None:
        super().clean()
        if any(form.has_changed() for form in self.extra_forms):
            self._refuse_another_case()

    def _refuse_another_case(self) -> None:
        # Locked until the reading is stored, so that nothing new can arrive in between.
        screening = Screening.objects.select_for_update().get(pk=self.instance.pk)
        if changes := list(self._changes(screening)):
            self._ask_for_verdicts_again()
            raise ValidationError(changes)

    def _changes(self, screening: Screening) -> Iterator[str]:
        """Yield what changed since the page was shown, in words for the reader."""
        now = screening.prediction
        # A reader to whom the page shows no model answer cannot have relied on an older answer.
        if self.instance.shows_result and is_outdated(self.data, now):
            # The returned page still shows older predictions, so the error names the newest.
            yield gettext("{changed} The new result: {now}.").format(changed=CHANGED, now=now)
        if has_other_causes(self.data, screening):
            yield str(CHANGED_CAUSES)
        if screening.has_grown and not self.instance.shows_result:
            yield str(GROWTH_HIDDEN)

    def _ask_for_verdicts_again(self) -> None:
        """Clear the verdicts, which were about an older case. Keep the typed text."""
        for form in self.extra_forms:
            verdict = form.add_prefix("verdict")
            form.data = {name: typed for name, typed in form.data.items() if name != verdict}


class ReviewInline(admin.StackedInline):
    """Readings are added and never changed, so that the record of who read when stays complete."""

    model = Review
    formset = ReviewFormSet
    fields = ("verdict", "message", "note", "reviewed_by", "reviewed_at")
    readonly_fields = ("reviewed_by", "reviewed_at")
    radio_fields: ClassVar = {"verdict": admin.VERTICAL}
    formfield_overrides: ClassVar = {TextField: {"widget": Textarea(attrs={"rows": 3})}}
    extra = 1
    max_num = None
    verbose_name = "reading"
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        return super().get_queryset(request).select_related("reviewed_by")

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Leave out verdicts that only earlier releases offered."""
        if db_field.name == "verdict":
            kwargs["choices"] = Review.OFFERED
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest, obj: Screening | None = None) -> bool:
        """Nobody reads their own photos."""
        is_own = obj is not None and obj.owner_id == request.user.pk
        return super().has_add_permission(request, obj) and not is_own

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReviewedFilter(admin.SimpleListFilter):
    title = _("reading")
    parameter_name = "read"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", gettext("Not read yet")), ("yes", gettext("Read"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Screening]) -> QuerySet[Screening]:
        if self.value() is None:
            return queryset
        readings = Exists(Review.objects.filter(screening=OuterRef("pk")))
        return queryset.filter(readings if self.value() == "yes" else ~readings)
