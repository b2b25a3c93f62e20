"""The model's answers in the admin, and filters by them.

Clinicians see an answer only if it cannot bias their reading (see `visible_answers`).
"""

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.contrib import admin
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, When
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from diagnosis.models import Impression, Prediction, Review, Screening
from diagnosis.models.querysets.screenings import ScreeningQuerySet

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def visible_answers(user: Any, screening: str = "pk") -> Q:
    """Return the condition for results that cannot bias a clinician's reading.

    It holds if the clinician has formed an impression or read the photo, or if no reading is due.
    """
    if not settings.IS_BLIND_FIRST:
        return Q(pk__isnull=False)
    own = {"screening": OuterRef(screening)}
    has_impression = Exists(Impression.objects.filter(formed_by=user.pk, **own))
    has_review = Exists(Review.objects.filter(reviewed_by=user.pk, **own))
    prefix = "" if screening == "pk" else "screening__"
    return Q(has_impression) | Q(has_review) | Q(**{f"{prefix}readings_due": 0})


def newest(column: str) -> Case:
    """Return an expression that orders rows by the newest prediction, if it is visible.

    It is computed only if somebody chooses this order.
    """
    predictions = Prediction.objects.filter(screening=OuterRef("pk")).order_by("-created_at")
    return Case(When(shows_result=True, then=Subquery(predictions.values(column)[:1])))


class PredictionInline(admin.TabularInline):
    """The model's answers, read-only."""

    model = Prediction
    fields = readonly_fields = ("label", "kind", "figures", "model_version")
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        """Leave out answers that could bias a clinician's reading."""
        predictions: QuerySet[Prediction] = super().get_queryset(request)
        return predictions.filter(visible_answers(request.user, "screening"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("Tier"))
    def label(self, prediction: Prediction) -> str:
        return prediction.label

    @admin.display
    def figures(self, prediction: Prediction) -> SafeString:
        shares = (
            (gettext("cancer"), prediction.cancer),
            (gettext("melanoma"), prediction.melanoma),
        )
        lines = [f"{name} {share:.1%}" for name, share in shares if share is not None]
        if prediction.cancers_per_100 is not None:
            words = gettext("{number} cancers in 100 such photos")
            lines.append(words.format(number=prediction.cancers_per_100))
        if prediction.melanomas_per_100 is not None:
            words = gettext("{number} melanomas in 100 such photos")
            lines.append(words.format(number=prediction.melanomas_per_100))
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))


class TierFilter(admin.SimpleListFilter):
    """Filters without the join of Django's own filter, which would need DISTINCT."""

    title = _("tier")
    parameter_name = "tier"
    column = "tier"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, "StrOrPromise"]]:
        return [*Prediction.TierChoice.choices, ("none", gettext("No answer"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Screening]) -> QuerySet[Screening]:
        if self.value() not in dict(self.lookup_choices):
            return queryset
        value = "" if self.value() == "none" else self.value()
        # Only the newest answer counts, as on pages.
        screenings = cast("ScreeningQuerySet", queryset).where_newest(**{self.column: value})
        return screenings.filter(visible_answers(request.user))


class UncertainFilter(TierFilter):
    title = _("certainty")
    parameter_name = column = "is_uncertain"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, "StrOrPromise"]]:
        return [("True", gettext("Uncertain")), ("False", gettext("Certain"))]
