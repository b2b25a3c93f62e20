"""For whoever starts, stops and watches the processes; a word for each part, and no more."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from diagnosis import health


@login_not_required
@require_safe
def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"web": health.OK})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    words = health.ready()
    return JsonResponse(words, status=200 if {*words.values()} == {health.OK} else 503)
