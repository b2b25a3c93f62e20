"""Screenings in the admin. They can be read by a clinician, requeued or deleted, but not edited."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import BooleanField, ExpressionWrapper, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.access.requests import AuthenticatedHttpRequest
from diagnosis.audit.logged_admin import SeenAdmin
from diagnosis.models import Screening
from diagnosis.outcomes import person
from diagnosis.review import services as reviewing
from diagnosis.review.admin import ReviewedFilter, ReviewInline
from diagnosis.screenings import services
from diagnosis.screenings.answers_admin import (
    PredictionInline,
    TierFilter,
    UncertainFilter,
    newest,
    visible_answers,
)

NOT_YET = _("after your reading")


class ScreeningAdmin(SeenAdmin):
    list_display = (
        "small_photo",
        "status",
        "tier",
        "cancer",
        "capture",
        "place",
        "age",
        "last_reading",
        "owner",
    )
    list_display_links = ("small_photo", "status")
    list_filter = (
        "status",
        TierFilter,
        UncertainFilter,
        ReviewedFilter,
        "capture",
        "lesion__body_site",
        "created_at",
    )
    search_fields = ("=id", "owner__email", "note")
    search_help_text = _("Search by e-mail address, note or the photo’s ID.")
    list_select_related = ()
    list_per_page = 20
    # Counting the rows without the search would take as long as the search.
    show_full_result_count = False
    # No link to the photo's page, which only its owner can open.
    view_on_site = False
    actions = ("queue_again",)
    inlines = (PredictionInline, ReviewInline)
    # All fields are read-only.
    seen_first = (
        "large_photo",
        "capture",
        "place",
        "note",
        "answers_given",
        "reasons",
        "biopsy",
        "sent_by",
        "created_at",
        "status",
    )
    seen_on_demand = ("refusal", "failure", "attempts", "finished_at", "id", "sha256")
    readonly_fields = seen_first + seen_on_demand
    fieldsets = (
        (None, {"fields": seen_first}),
        (_("Record"), {"fields": seen_on_demand, "classes": ("collapse",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Screening]:
        screenings: QuerySet[Screening] = super().get_queryset(request)
        screenings = screenings.annotate(
            shows_result=ExpressionWrapper(
                visible_answers(request.user), output_field=BooleanField()
            )
        )
        # Prefetched for the 20 rows of a page. A join would be computed and sorted for all rows.
        return screenings.prefetch_related("owner", "lesion", "answers", "predictions", "reviews")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, *_: Any) -> None:
        """Do not save: nothing is edited here, and saving would undo what a worker has written."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        assert request.user.is_authenticated
        for review in formset.save(commit=False):
            reviewing.record_reading(
                form.instance,
                by=request.user,
                verdict=review.verdict,
                note=review.note,
                message=review.message,
            )

    def delete_model(self, request: HttpRequest, obj: Screening) -> None:
        assert request.user.is_authenticated
        services.withdraw(obj, by=request.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Screening]) -> None:
        for screening in queryset:
            self.delete_model(request, screening)

    @admin.display(description=_("Photo"))
    def small_photo(self, screening: Screening) -> SafeString:
        url = reverse("diagnosis:thumbnail", args=[screening.pk])
        words = gettext("Photo")
        return format_html('<img class="small-photo" src="{}" alt="{}" loading="lazy">', url, words)

    @admin.display(description=_("Photo"))
    def large_photo(self, screening: Screening) -> SafeString:
        photo = reverse("diagnosis:photo", args=[screening.pk])
        shown = reverse("diagnosis:picture", args=[screening.pk])
        return format_html(
            '<a href="{}"><img class="large-photo" src="{}" alt="{}"></a>',
            photo,
            shown,
            gettext("The photo sent"),
        )

    @admin.display(description=_("Owner"))
    def sent_by(self, screening: Screening) -> str:
        # Plain text, since Django would link to the account, which reviewers may not open.
        return screening.owner.email

    @admin.display(description=_("Where on the body"), ordering="lesion__body_site")
    def place(self, screening: Screening) -> str:
        return screening.lesion.place or "–"

    @admin.display(description=_("Answers by the person"))
    def answers_given(self, screening: Screening) -> SafeString | str:
        answers = getattr(screening, "answers", None)
        if answers is None:
            return gettext("none given")
        lines = ((sentence,) for sentence in person.signs(answers))
        return format_html_join(mark_safe("<br>"), "{}", lines)

    @admin.display(description=_("Why a doctor should see it"))
    def reasons(self, screening: Any) -> SafeString | str:
        reasons = person.reasons(screening, with_growth=screening.shows_result)
        lines = ((reason,) for reason, _urgency in reasons)
        return format_html_join(mark_safe("<br>"), "{}", lines) or "–"

    @admin.display(description=_("Biopsy of the spot"))
    def biopsy(self, screening: Screening) -> SafeString:
        """Link to the form for a biopsy result."""
        result = screening.lesion.histology
        url = reverse("diagnosis:histology", args=[screening.lesion_id])
        correct = gettext("{result}: correct it")
        words = correct.format(result=result) if result else gettext("Enter a result")
        return format_html('<a href="{}">{}</a>', url, words)

    @admin.display(ordering=newest("tier"))
    def tier(self, screening: Any) -> str:
        if not screening.shows_result:
            return str(NOT_YET)
        return str(screening.prediction.label) if screening.prediction else "–"

    @admin.display(description=_("Cancer or precancer"), ordering=newest("cancer"))
    def cancer(self, screening: Any) -> str:
        prediction = screening.prediction if screening.shows_result else None
        return _percentage(prediction.cancer if prediction else None)

    @admin.display(ordering="created_at")
    def age(self, screening: Screening) -> str:
        return timesince(screening.created_at, depth=1)

    @admin.display(description=_("Reading"))
    def last_reading(self, screening: Screening) -> str:
        return screening.review.get_verdict_display() if screening.review else gettext("not yet")

    @admin.action(description=_("Queue failed screenings again"), permissions=["change"])
    def queue_again(self, request: AuthenticatedHttpRequest, queryset: QuerySet[Screening]) -> None:
        queued = sum(services.requeue(screening, by=request.user) for screening in queryset)
        if queued:
            words = ngettext("{number} queued again.", "{number} queued again.", queued)
            self.message_user(request, words.format(number=queued), messages.SUCCESS)
        else:
            self.message_user(
                request,
                gettext("Nothing was queued: none of these screenings has failed."),
                messages.WARNING,
            )


def _percentage(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
