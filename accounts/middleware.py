from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.mfa import mfa_status
from accounts.privacy import consent
from accounts.sessions import known_devices, session_lifetime
from accounts.sign_in import next_page, password_hasher

# Where a second step is proved, and the ways out.
OUT = ("account_logout", "admin:logout", "accounts:end_everywhere")
PROVING = ("mfa_authenticate", "mfa_reauthenticate", *OUT)
# What is the person's own, and where a second step is set up.
OPEN, SETTING_UP = ("account_", "accounts:", "usersessions_", "diagnosis:home"), "mfa_"


def keep_local_time(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Say times as they are where the person is."""

    def middleware(request: HttpRequest) -> HttpResponse:
        zone = request.user.zone if request.user.is_authenticated else None
        with timezone.override(zone):
            return get_response(request)

    return middleware


class SignInMiddleware(LoginRequiredMiddleware):
    """Django's, but nobody is led to an address that takes a form alone after signing in."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        page = next_page.page_to_return_to(request)
        # The admin's views name a sign-in page of their own.
        return redirect_to_login(page, self.get_login_url(view_func), "next" if page else "")


class CrowdMiddleware:
    """Asks whoever comes while enough passwords are being checked to come again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, password_hasher.TooManyHashesError):
            return None
        response = render(request, "crowd.html", status=503)
        response.headers["Retry-After"] = str(password_hasher.RETRY_SECONDS)
        return response


def know_devices(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Know a browser again in which somebody has signed in, or has changed their password."""

    def middleware(request: HttpRequest) -> HttpResponse:
        before = known_devices.mark(request.user)
        response = get_response(request)
        if request.user.is_authenticated and known_devices.mark(request.user) != before:
            known_devices.remember(request, response, request.user)
        return response

    return middleware


def end_old(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Sign out whoever signed in long ago; staff, too, once they have done nothing for a while."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if reason := _ended(request):
            logout(request)
            messages.info(request, f"You were signed out, since you {reason}.")
        return get_response(request)

    return middleware


def _ended(request: HttpRequest) -> str:
    """Return why a session is over, or nothing."""
    user = request.user
    if not user.is_authenticated:
        return ""
    if session_lifetime.is_worn_out(request, user):
        return "signed in long ago"
    is_idle = user.needs_second_step and session_lifetime.is_idle(request)
    return "did nothing here for a while" if is_idle else ""


class SecondStepMiddleware:
    """Lets whoever has a second step no further than to proving it, until their session has.

    Who knows the password alone could replace it, and read and delete all there is. And whoever
    may see what others sent sets one up, before all but their account.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        user, found = request.user, request.resolver_match
        name = found.view_name if found else ""
        if not user.is_authenticated or name.startswith(PROVING) or mfa_status.is_done(request):
            return None
        if mfa_status.is_waited_for(request):
            return redirect(_proof_before(request))
        is_open = name.startswith((*OPEN, SETTING_UP)) or not user.needs_second_step
        return None if is_open else redirect("mfa_index")


class ConsentMiddleware:
    """Stores nothing new of somebody who has not agreed to it; what is stored stays theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        found = request.resolver_match
        name = found.view_name if found else ""
        if request.user.is_authenticated and consent.is_waited_for(request, name):
            return redirect(consent.PAGE)
        return None


def _proof_before(request: HttpRequest) -> str:
    """Return where the second step is proved; what was sent with a form is to be sent again."""
    name = "mfa_reauthenticate"
    if mfa_status.is_key_waited_for(request):
        name = "mfa_reauthenticate_webauthn"
    return reverse(name, query=next_page.query(request))
