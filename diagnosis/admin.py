from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    When,
)
from django.forms import BaseInlineFormSet, Textarea
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince

from accounts.administration.read_only_admin import ReadOnlyAdmin
from accounts.models import User
from diagnosis.audit.logged_admin import SeenAdmin
from diagnosis.classification.admin import ModelVersionAdmin
from diagnosis.models import (
    AuditEntry,
    Impression,
    ModelVersion,
    Prediction,
    Review,
    Screening,
)
from diagnosis.review import services as reviewing
from diagnosis.review.forms import CHANGED, has_changed
from diagnosis.screenings import services

admin.site.register(ModelVersion, ModelVersionAdmin)


def _told(user: Any, screening: str = "pk") -> Q:
    """Return the screenings whose results somebody may see; not those they may have to read."""
    if not settings.IS_BLIND_FIRST:
        return Q(pk__isnull=False)
    own = {"screening": OuterRef(screening)}
    seen = Exists(Impression.objects.filter(formed_by=user.pk, **own))
    read = Exists(Review.objects.filter(reviewed_by=user.pk, **own))
    prefix = "" if screening == "pk" else "screening__"
    return Q(seen) | Q(read) | Q(**{f"{prefix}readings_due": 0})


def _percentage(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


class PredictionInline(admin.TabularInline):
    """The model's answers, read-only."""

    model = Prediction
    fields = readonly_fields = ("told", "kind", "figures", "model_version")
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        """Leave out the answers that would bias a clinician who still has to read the photo."""
        predictions: QuerySet[Prediction] = super().get_queryset(request)
        return predictions.filter(_told(request.user, "screening"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Tier")
    def told(self, prediction: Prediction) -> str:
        return prediction.label

    @admin.display
    def figures(self, prediction: Prediction) -> SafeString:
        lines = [
            f"{name} {share:.1%}"
            for name, share in (("cancer", prediction.cancer), ("melanoma", prediction.melanoma))
            if share is not None
        ]
        for name in ("cancers", "melanomas"):
            figure = getattr(prediction, f"{name}_per_100")
            if figure is not None:
                lines.append(f"{figure} {name} in 100 alike")
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))


class ReviewFormSet(BaseInlineFormSet):
    """Readings of a screening, each about the model's answer that the page showed."""

    def clean(self) -> None:
        super().clean()
        # Who has not seen the old answer cannot have relied on it, and does not see the new one.
        if self.instance.is_told and any(form.has_changed() for form in self.extra_forms):
            self._refuse_another_answer()

    def _refuse_another_answer(self) -> None:
        # Locked until the reading is stored, so that no new model answer can arrive in between.
        now = Screening.objects.select_for_update().get(pk=self.instance.pk).prediction
        if has_changed(self.data, now):
            self._ask_for_verdicts_again()
            # A submitted form shows the predictions that it was submitted with.
            raise ValidationError(f"{CHANGED} The new one: {now}.")

    def _ask_for_verdicts_again(self) -> None:
        """Clear the verdicts, since they were about another answer; keep what was typed."""
        for form in self.extra_forms:
            verdict = form.add_prefix("verdict")
            form.data = {name: typed for name, typed in form.data.items() if name != verdict}


class ReviewInline(admin.StackedInline):
    """Readings are added, never changed: the record of who read what, and when, is kept."""

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
    title = "reading"
    parameter_name = "read"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Not read yet"), ("yes", "Read")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Screening]) -> QuerySet[Screening]:
        if self.value() is None:
            return queryset
        readings = Exists(Review.objects.filter(screening=OuterRef("pk")))
        return queryset.filter(readings if self.value() == "yes" else ~readings)


class TierFilter(admin.SimpleListFilter):
    """Avoids the join of Django's own filter, which would then need DISTINCT."""

    title = "tier"
    parameter_name = "tier"
    column = "tier"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [*Prediction.TierChoice.choices, ("none", "No answer")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Screening]) -> QuerySet[Screening]:
        if self.value() not in dict(self.lookup_choices):
            return queryset
        value = "" if self.value() == "none" else self.value()
        # Only the newest model's answer counts: it is the one that pages show.
        later = Prediction.objects.filter(
            screening=OuterRef("screening"), created_at__gt=OuterRef("created_at")
        )
        newest = Prediction.objects.filter(screening=OuterRef("pk")).exclude(Exists(later))
        return queryset.filter(Exists(newest.filter(**{self.column: value})), _told(request.user))


class UncertainFilter(TierFilter):
    title = "certainty"
    parameter_name = column = "is_uncertain"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [("True", "Uncertain"), ("False", "Certain")]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit trail, read-only."""

    list_display = ("number", "at", "action", "account", "about", "detail")
    list_filter = ("action", "at")
    search_fields = ("=subject", "=actor")
    search_help_text = "By subject, such as screening:…, or by number of the account."

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        accounts = User.objects.filter(pk=OuterRef("actor"))
        # Only superusers see who the people are; leads see their colleagues.
        named = accounts if request.user.is_superuser else accounts.filter(is_staff=True)
        entries: QuerySet[AuditEntry] = super().get_queryset(request)
        return entries.annotate(address=Subquery(named.values("email")), is_there=Exists(accounts))

    @admin.display(description="Account", ordering="actor")
    def account(self, entry: Any) -> str:
        """Name the account, if it still exists; the trail itself stores only its number."""
        if entry.actor is None:
            return "–"
        if entry.address:
            return f"{entry.address} ({entry.actor})"
        return f"{entry.actor}" if entry.is_there else f"{entry.actor}, deleted"

    @admin.display(description="Subject", ordering="subject")
    def about(self, entry: AuditEntry) -> str:
        """Link to the subject, if it has a page here."""
        kind, _, key = entry.subject.partition(":")
        app = User._meta.app_label if kind == User._meta.model_name else "diagnosis"
        try:
            url = reverse(f"admin:{app}_{kind}_change", args=[key])
        except NoReverseMatch:
            return entry.subject
        return format_html('<a href="{}">{}</a>', url, entry.subject)


def newest(column: str) -> Case:
    """Order by the newest prediction; it is computed only for a list that is ordered by it."""
    predictions = Prediction.objects.filter(screening=OuterRef("pk")).order_by("-created_at")
    return Case(When(is_told=True, then=Subquery(predictions.values(column)[:1])))


NOT_YET = "after your reading"


@admin.register(Screening)
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
    search_help_text = "By e-mail address, note or screening number."
    list_select_related = ()
    list_per_page = 20
    # Counting the rows without the search would take as long as the search.
    show_full_result_count = False
    # The person's own page; a reviewer gets 404 there.
    view_on_site = False
    actions = ("queue_again",)
    inlines = (PredictionInline, ReviewInline)
    # Everything is shown, and nothing can be edited.
    seen_first = (
        "large_photo",
        "capture",
        "place",
        "note",
        "answers_given",
        "biopsy",
        "sent_by",
        "created_at",
        "status",
    )
    seen_on_demand = ("refusal", "failure", "attempts", "finished_at", "id", "sha256")
    readonly_fields = seen_first + seen_on_demand
    fieldsets = (
        (None, {"fields": seen_first}),
        ("Record", {"fields": seen_on_demand, "classes": ("collapse",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Screening]:
        screenings: QuerySet[Screening] = super().get_queryset(request)
        screenings = screenings.annotate(
            is_told=ExpressionWrapper(_told(request.user), output_field=BooleanField())
        )
        # Fetched once the page's 20 rows are known: a join would be made and sorted for every row.
        return screenings.prefetch_related("owner", "lesion", "answers", "predictions", "reviews")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, *_: Any) -> None:
        """Nothing of a screening is edited here; saving it would undo what a worker just wrote."""

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

    @admin.display(description="Photo")
    def small_photo(self, screening: Screening) -> SafeString:
        url = reverse("diagnosis:thumbnail", args=[screening.pk])
        return format_html('<img class="small-photo" src="{}" alt="Photo" loading="lazy">', url)

    @admin.display(description="Photo")
    def large_photo(self, screening: Screening) -> SafeString:
        photo = reverse("diagnosis:photo", args=[screening.pk])
        shown = reverse("diagnosis:picture", args=[screening.pk])
        return format_html(
            '<a href="{}"><img class="large-photo" src="{}" alt="The photo sent"></a>', photo, shown
        )

    @admin.display(description="Owner")
    def sent_by(self, screening: Screening) -> str:
        # In plain text: Django would link to an account that reviewers may not open.
        return screening.owner.email

    @admin.display(description="Where on the body", ordering="lesion__body_site")
    def place(self, screening: Screening) -> str:
        return screening.lesion.place or "–"

    @admin.display(description="Answers by the person")
    def answers_given(self, screening: Screening) -> SafeString | str:
        answers = getattr(screening, "answers", None)
        if answers is None:
            return "none given"
        told = format_html_join(mark_safe("<br>"), "{}", ((one,) for one in answers.sentences))
        return told or "nothing applies"

    @admin.display(description="Biopsy of the spot")
    def biopsy(self, screening: Screening) -> SafeString:
        """Link to the form where it is entered; nobody can enter their own."""
        result = screening.lesion.histology
        url = reverse("diagnosis:histology", args=[screening.lesion_id])
        found = f"{result}: correct it" if result else "Enter a result"
        return format_html('<a href="{}">{}</a>', url, found)

    @admin.display(ordering=newest("tier"))
    def tier(self, screening: Screening) -> str:
        if not screening.is_told:  # type: ignore[attr-defined]
            return NOT_YET
        return screening.prediction.label if screening.prediction else "–"

    @admin.display(description="Cancer or its forerunner", ordering=newest("cancer"))
    def cancer(self, screening: Screening) -> str:
        prediction = screening.prediction if screening.is_told else None  # type: ignore[attr-defined]
        return _percentage(prediction.cancer if prediction else None)

    @admin.display(ordering="created_at")
    def age(self, screening: Screening) -> str:
        return timesince(screening.created_at, depth=1)

    @admin.display(description="Reading")
    def last_reading(self, screening: Screening) -> str:
        return screening.review.get_verdict_display() if screening.review else "not yet"

    @admin.action(description="Queue failed screenings again", permissions=["change"])
    def queue_again(self, request: HttpRequest, queryset: QuerySet[Screening]) -> None:
        assert request.user.is_authenticated
        queued = sum(services.requeue(screening, by=request.user) for screening in queryset)
        if queued:
            self.message_user(request, f"{queued} queued again.", messages.SUCCESS)
        else:
            self.message_user(
                request, "None of these has failed, so none was queued.", messages.WARNING
            )
