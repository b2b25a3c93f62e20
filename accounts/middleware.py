from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts import second_step

# What is the person's own, and the way in and out.
OPEN = ("account_", "accounts:", "usersessions_", "diagnosis:home", "admin:logout")
# Where a second step is proved, and where it is set up or taken off.
PROVING, CHANGING = ("mfa_authenticate", "mfa_reauthenticate"), "mfa_"


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
    """Asks for the second step: whoever may see what others sent, before all but their account.

    And whoever has one, before it is changed: who knows the password alone could replace it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        user, name = (
            request.user,
            request.resolver_match.view_name if request.resolver_match else "",
        )
        is_change = name.startswith(CHANGING)
        if not user.is_authenticated or not (is_change or user.needs_second_step):
            return None
        if name.startswith((*OPEN, *PROVING)) or second_step.is_done(request):
            return None
        if second_step.is_set_up(user):
            query = urlencode({"next": request.get_full_path()})
            return redirect(f"{reverse('mfa_reauthenticate')}?{query}")
        return None if is_change else redirect("mfa_index")
