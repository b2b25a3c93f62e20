"""Admin pages for the installed models: their cards, the active model, and comparisons."""

from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, register_converter, reverse
from django.urls.converters import StringConverter
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.access.requests import AuthenticatedHttpRequest
from accounts.administration.read_only_admin import ReadOnlyAdmin
from diagnosis.classification import comparison, model_registry, roc
from diagnosis.classification.forms import ModelComparisonForm
from diagnosis.models import ModelVersion
from diagnosis.models.classification.model_version import ModelVersionQuerySet
from ml.serving.card import Interval, Report

State = ModelVersion.State
TEMPLATES = "admin/diagnosis/modelversion"
LINES, GAP = mark_safe("<br>"), mark_safe("<br><br>")
# The name that cards use for the report on the `test` photos of all sources.
ON_TEST = "test"
GALLERY = 24
FIGURES = {
    "melanoma_auroc": _("melanoma, AUROC"),
    "cancer_auroc": _("cancer or precancer, AUROC"),
    "melanoma_urgent": _("melanomas called urgent"),
    "cancer_flagged": _("cancers or precancers called urgent or soon"),
    "benign_flagged": _("benign spots called urgent or soon"),
}
VERBS = {
    State.ACTIVE: _("Make {} active"),
    State.SHADOW: _("Run {} in shadow"),
    State.IDLE: _("Stop {}"),
}


class StateConverter(StringConverter):
    regex = "|".join(State.values)


register_converter(StateConverter, "model_state")


class ModelVersionAdmin(ReadOnlyAdmin):
    """The installed models, read-only. Each permitted change has its own page."""

    list_display = ("version", "doing", "changes", "on_test", "files", "activated_at")
    list_display_links = ("version",)
    actions = None
    fields = (
        "version",
        "doing",
        "files",
        "architecture",
        "learned_from",
        "measured",
        "thresholds",
        "limits",
        "activated_at",
        "activated_by",
        "card_sha256",
        "changes",
    )
    readonly_fields = fields

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "compare/", wrap(require_safe(self.compare)), name="diagnosis_modelversion_compare"
            ),
            path(
                "<int:pk>/become/<model_state:state>/",
                wrap(self.become),
                name="diagnosis_modelversion_become",
            ),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        return cast("ModelVersionQuerySet", super().get_queryset(request)).with_answering()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        model_registry.register()
        context = {
            "title": gettext("Models"),
            "fault": model_registry.fault(),
            "model_dir": settings.MODEL_DIR,
            "models_root": settings.MODELS_ROOT,
            "previous": ModelVersion.objects.replaced().first(),
        }
        return super().changelist_view(request, context)

    def become(self, request: AuthenticatedHttpRequest, pk: int, state: str) -> HttpResponse:
        """Change a version's state, after a confirmation page."""
        if not request.user.has_perm("diagnosis.change_modelversion"):
            raise PermissionDenied
        version = get_object_or_404(ModelVersion.objects.with_answering(), pk=pk)
        if request.method == "POST":
            obstacle = model_registry.change(pk, state, by=request.user)
            if not obstacle:
                words = gettext("{state} from now on: {version}.")
                messages.success(request, words.format(state=State(state).label, version=version))
                return redirect("admin:diagnosis_modelversion_changelist")
        else:
            obstacle = model_registry.obstacle(version, state)
        context = self._context(request, VERBS[State(state)].format(version)) | {
            "state": state,
            "version": version,
            "obstacle": obstacle,
            "current": ModelVersion.objects.answering().first(),
        }
        return TemplateResponse(request, f"{TEMPLATES}/become.html", context)

    def compare(self, request: HttpRequest) -> HttpResponse:
        """Compare two versions on the photos that both have classified."""
        if not request.user.has_perms(["diagnosis.view_modelversion", "diagnosis.view_screening"]):
            raise PermissionDenied
        form = ModelComparisonForm(request.GET)
        context = self._context(request, gettext("Compare two models")) | {"form": form}
        if form.pair:
            result = comparison.compare(*form.pair)
            context |= {
                "comparison": result,
                "curves": [
                    roc.curve(result.truth, figures.scores, figures.flagged)
                    for figures in result.figures
                ],
                "gallery": result.disputed[:GALLERY],
            }
        return TemplateResponse(request, f"{TEMPLATES}/compare.html", context)

    def _context(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return self.admin_site.each_context(request) | {"title": title, "opts": self.opts}

    @admin.display(description=_("State"), ordering="state")
    def doing(self, version: ModelVersion) -> str:
        return str(State.ACTIVE.label) if version.is_answering else version.get_state_display()

    @admin.display(description=_("What was measured (95 %)"))
    def measured(self, version: ModelVersion) -> SafeString | str:
        return _reports(version)

    @admin.display(description=_("On all test photos (95 %)"))
    def on_test(self, version: ModelVersion) -> SafeString | str:
        return _reports(version, only=ON_TEST)

    @admin.display(description=_("Files"))
    def files(self, version: ModelVersion) -> str:
        return version.fault or gettext("Intact: every checksum matches the card")

    @admin.display
    def architecture(self, version: ModelVersion) -> str:
        return version.card.architecture if version.card else "–"

    @admin.display
    def learned_from(self, version: ModelVersion) -> SafeString | str:
        sources = version.card.data if version.card else ()
        words = gettext("{name}, {number} photos ({licence})")
        lines = (
            (
                words.format(
                    name=source.name, number=source.images.get("train", 0), licence=source.licence
                ),
            )
            for source in sources
        )
        return format_html_join(LINES, "{}", lines) or "–"

    @admin.display(description=_("Tiers"))
    def thresholds(self, version: ModelVersion) -> SafeString | str:
        kinds = version.card.kinds.items() if version.card else ()
        words = gettext("{kind}: urgent from {urgent:.3f} on, soon from {soon:.3f} on")
        lines = (
            (words.format(kind=kind, urgent=kind_card.urgent.value, soon=kind_card.soon.value),)
            for kind, kind_card in kinds
        )
        return format_html_join(LINES, "{}", lines) or gettext("trained for no kind of photo")

    @admin.display
    def limits(self, version: ModelVersion) -> SafeString | str:
        limits = version.card.limits if version.card else ()
        return format_html_join(LINES, "{}", ((limit,) for limit in limits)) or "–"

    @admin.display(description=_("Change"))
    def changes(self, version: ModelVersion) -> SafeString:
        return format_html_join(
            LINES,
            '<a href="{}">{}</a>',
            (
                (
                    reverse("admin:diagnosis_modelversion_become", args=[version.pk, state]),
                    verb.format(gettext("it")),
                )
                for state, verb in VERBS.items()
                if not model_registry.obstacle(version, state)
            ),
        )


def _reports(version: ModelVersion, only: str = "") -> SafeString | str:
    """Return the figures of all reports in a model's card, or of those named `only`."""
    kinds = version.card.kinds.items() if version.card else ()
    reports = [
        _figures(f"{kind}, {name}:", report)
        for kind, table in kinds
        for name, report in table.reports.items()
        if name == only or not only
    ]
    return format_html_join(GAP, "{}", ((figures,) for figures in reports)) or "–"


def _figures(name: str, report: Report) -> SafeString:
    words = gettext("{name} {images} photos, {melanomas} melanomas")
    if report.cancers is not None:
        words = gettext(
            "{name} {images} photos, {melanomas} melanomas, {cancers} cancers or precancers"
        )
    photos = words.format(
        name=name, images=report.images, melanomas=report.melanomas, cancers=report.cancers
    )
    lines = [
        f"{word} {_interval(report.metrics[key])}"
        for key, word in FIGURES.items()
        if key in report.metrics
    ]
    heading = format_html("<strong>{}</strong>", photos)
    return format_html_join(LINES, "{}", ((line,) for line in (heading, *lines)))


def _interval(figure: Interval) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"
