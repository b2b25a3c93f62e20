"""Admin pages that record whose photos somebody has seen on them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from diagnosis.audit import access_log


class SeenAdmin(admin.ModelAdmin):
    """For screenings. The context of each page names the screenings that it shows."""

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
    shown: dict[str, Any] = getattr(response, "context_data", None) or {}
    one = shown.get("original") or shown.get("object")
    many = shown["cl"].result_list if "cl" in shown else shown.get("queryset", ())
    access_log.record(*([one] if one else many), by=request.user)
    return response
