"""Pages for programs that monitor the site."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from diagnosis.operations import health, metrics


@login_not_required
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"web": health.OK})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    words = health.readiness.words()
    return JsonResponse(words, status=200 if {*words.values()} == {health.OK} else 503)


@login_not_required
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Return the metrics to Prometheus, or 404 to a request without Prometheus's token."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    has_token = constant_time_compare(request.headers.get("Authorization", ""), expected)
    if not (settings.METRICS_TOKEN and has_token):
        raise Http404
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
