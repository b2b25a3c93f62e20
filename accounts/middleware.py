from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts import second_step

# What is the person's own, and the way in and out.
OPEN = ("account_", "accounts:", "mfa_", "usersessions_", "diagnosis:home", "admin:logout")


def keep_local_time(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Say times as they are where the person is."""

    def middleware(request: HttpRequest) -> HttpResponse:
        zone = request.user.zone if request.user.is_authenticated else None
        with timezone.override(zone):
            return get_response(request)

    return middleware


class SecondStepMiddleware:
    """Lets whoever may see what others sent no further than their account before a second step."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        user, found = request.user, request.resolver_match
        if not user.is_authenticated or not user.needs_second_step or second_step.is_done(request):
            return None
        if found and found.view_name.startswith(OPEN):
            return None
        if second_step.is_set_up(user):
            query = urlencode({"next": request.get_full_path()})
            return redirect(f"{reverse('mfa_reauthenticate')}?{query}")
        return redirect("mfa_index")
