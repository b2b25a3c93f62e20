from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext

from accounts.mfa import mfa_status
from accounts.privacy import consent
from accounts.sessions import known_devices, session_lifetime
from accounts.sign_in import next_page, password_hasher

# Pages that open before MFA is completed: MFA's own, signing out, and ending all sessions.
SIGNING_OUT = ("account_logout", "admin:logout", "accounts:end_everywhere")
PROVING = ("mfa_authenticate", "mfa_reauthenticate", *SIGNING_OUT)
# Pages for staff without a second step: account, home page, and setting up a second step.
OPEN, SETTING_UP = ("account_", "accounts:", "usersessions_", "diagnosis:home"), "mfa_"


def keep_local_time(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Show times in the person's own time zone."""

    def middleware(request: HttpRequest) -> HttpResponse:
        zone = request.user.zone if request.user.is_authenticated else None
        with timezone.override(zone):
            return get_response(request)

    return middleware


class SignInMiddleware(LoginRequiredMiddleware):
    """Redirects to the sign-in page as Django does, but never leads back to a POST-only URL."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        # The admin's views have their own sign-in page.
        return next_page.to_sign_in(request, self.get_login_url(view_func))


class CrowdMiddleware(MiddlewareMixin):
    """Answers 503 with Retry-After while too many passwords are being hashed."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, password_hasher.TooManyHashesError):
            return None
        response = render(request, "crowd.html", status=503)
        response.headers["Retry-After"] = str(password_hasher.RETRY_SECONDS)
        return response


def remember_devices(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Set the device cookie after signing in and after a change of password."""

    def middleware(request: HttpRequest) -> HttpResponse:
        before = known_devices.mark(request.user)
        response = get_response(request)
        if request.user.is_authenticated and known_devices.mark(request.user) != before:
            known_devices.remember(request, response, request.user)
        return response

    return middleware


def end_expired(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """End sessions that are too old, and idle sessions of staff."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if reason := _reason_to_end(request):
            logout(request)
            messages.info(request, reason)
        return get_response(request)

    return middleware


def _reason_to_end(request: HttpRequest) -> str:
    """Return why the session has to end, or an empty string."""
    user = request.user
    if not user.is_authenticated:
        return ""
    if session_lifetime.is_too_old(request, user):
        return gettext("You were signed out, because your last sign-in was long ago.")
    is_idle = user.needs_second_step and session_lifetime.is_idle(request)
    if not is_idle:
        return ""
    return gettext("You were signed out, because you were inactive for a while.")


class SecondStepMiddleware(MiddlewareMixin):
    """Redirects to MFA until the session has completed it.

    Otherwise an attacker who knows the password could replace the second step, and read and delete
    everything. Staff see only their account and the home page until they have set one up.
    """

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        user, match = request.user, request.resolver_match
        name = match.view_name if match else ""
        if not user.is_authenticated or name.startswith(PROVING) or mfa_status.is_done(request):
            return None
        if mfa_status.is_pending(request):
            return redirect(_mfa_page(request))
        is_open = name.startswith((*OPEN, SETTING_UP)) or not user.needs_second_step
        return None if is_open else redirect("mfa_index")


class ConsentMiddleware(MiddlewareMixin):
    """Redirects to the consent form if a request would store new data without consent."""

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        if consent.is_required(request, name):
            return redirect(consent.PAGE)
        return None


def _mfa_page(request: HttpRequest) -> str:
    """Return the MFA page's URL. That page leads back, but a posted form has to be sent again."""
    name = "mfa_reauthenticate"
    if mfa_status.is_passkey_pending(request):
        name = "mfa_reauthenticate_webauthn"
    return reverse(name, query=next_page.query(request))
