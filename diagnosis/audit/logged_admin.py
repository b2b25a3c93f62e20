"""Admin pages that record who has seen whose photos."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from diagnosis.audit import access_log


class SeenAdmin(admin.ModelAdmin):
    """Base class for an admin of screenings. Each page's context says which screenings it shows."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return _noted(request, super().changelist_view(request, extra_context))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _noted(request, super().changeform_view(request, *args, **kwargs))

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _noted(request, super().history_view(request, *args, **kwargs))

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _noted(request, super().delete_view(request, *args, **kwargs))


def _noted(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    context: dict[str, Any] = getattr(response, "context_data", None) or {}
    screening = context.get("original") or context.get("object")
    screenings = context["cl"].result_list if "cl" in context else context.get("queryset", ())
    access_log.record(*([screening] if screening else screenings), by=request.user)
    return response
