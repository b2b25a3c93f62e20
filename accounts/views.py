from typing import Any

from allauth.account.views import LoginView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.conf import settings as project_settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access.requests import AuthenticatedHttpRequest
from accounts.forms import ConsentForm, DeleteAccountForm, EndSessionForm, RemindersForm, SkinForm
from accounts.mail import unsubscribe_link
from accounts.models import User
from accounts.privacy.consent import is_given
from accounts.rate_limits import hourly_limits, throttling
from accounts.sessions import end_sessions_link, session_lifetime
from accounts.sign_in import next_page, pending_sign_up


@login_not_required
def too_often(request: HttpRequest) -> HttpResponse:
    """Answer a request over a rate limit. allauth finds this view as the URLs' `handler429`."""
    seconds = request.META.get(throttling.WAIT, project_settings.RATE_LIMIT_MINUTES * 60)
    view = request.resolver_match.view_name if request.resolver_match else ""
    heading, why = throttling.MET.get(view, throttling.GUESSED)
    context = {"heading": heading, "why": why, "when": hourly_limits.in_words(seconds)}
    response = render(request, "429.html", context, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


@login_not_required
def out_of_date(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that fails the CSRF check."""
    context = {
        "page": next_page.page_before(request),
        "is_kept": next_page.is_kept(request),
        "reason": reason,
    }
    return render(request, "403_csrf.html", context, status=403)


@require_http_methods(["GET"])
def settings(request: AuthenticatedHttpRequest) -> HttpResponse:
    # The account's own person comes first.
    people = list(request.user.profiles.all())
    return render(request, "accounts/settings.html", {"people": people})


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Ask for consent before anything new is stored."""
    form = ConsentForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "accounts/consent.html", {"form": form})
    form.save(request.user)
    return redirect(project_settings.LOGIN_REDIRECT_URL)


@require_http_methods(["GET", "POST"])
@hourly_limits.limit_entries
def skin(request: AuthenticatedHttpRequest) -> HttpResponse:
    form = SkinForm(request.POST if request.method == "POST" else None, instance=request.user)
    if not form.is_valid():
        return render(request, "accounts/skin.html", {"form": form})
    # A skin type is health data. Without consent it can only be cleared.
    if form.cleaned_data["skin_type"] and not is_given(request.user):
        return redirect("accounts:consent")
    form.save()
    messages.success(request, gettext("Thank you, that is saved."))
    return redirect("accounts:settings")


@require_http_methods(["GET", "POST"])
def reminders(request: AuthenticatedHttpRequest) -> HttpResponse:
    form = RemindersForm(request.POST if request.method == "POST" else None, instance=request.user)
    if not form.is_valid():
        return render(request, "accounts/reminders.html", {"form": form})
    form.save()
    messages.success(request, gettext("Thank you, that is saved."))
    return redirect("accounts:settings")


# A mail program sends this POST by itself, without a cookie (RFC 8058).
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    number = unsubscribe_link.number_in(token)
    if number is None:
        raise Http404
    if request.method == "POST":
        User.objects.filter(pk=number).update(is_reminded=False)
    return render(request, "accounts/unsubscribe.html", {"is_done": request.method == "POST"})


@require_POST
def end_session(request: AuthenticatedHttpRequest) -> HttpResponse:
    form = EndSessionForm(request.POST, user=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, gettext("The device is signed out."))
    return redirect("usersessions_list")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def end_everywhere(request: HttpRequest, token: str) -> HttpResponse:
    """End all sessions of the account that a mail was about. Opening the link does not end them."""
    account, generation = end_sessions_link.numbers_in(token) or (0, 0)
    user = get_object_or_404(User, pk=account, device_generation=generation)
    if request.method == "POST":
        if request.user == user:
            logout(request)
        session_lifetime.end_everywhere(user)
    return render(request, "accounts/end_everywhere.html", {"is_done": request.method == "POST"})


class SignInView(LoginView):
    """Abandons an unfinished sign-up. allauth's view would redirect to it."""

    @method_decorator(login_not_required)
    @method_decorator(sensitive_post_parameters())
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        pending_sign_up.leave(request)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class RemovePasskeyView(RemoveWebAuthnView):
    """Refuses to remove a passkey that the account needs."""

    def form_valid(self, form: Form) -> HttpResponse:
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.object):
            messages.error(self.request, adapter.error_messages["cannot_delete_authenticator"])
            return redirect("mfa_list_webauthn")
        response: HttpResponse = super().form_valid(form)
        return response


@require_http_methods(["GET", "POST"])
def delete(request: AuthenticatedHttpRequest) -> HttpResponse:
    form = DeleteAccountForm(request.POST or None, user=request.user)
    if not form.is_valid():
        return render(request, "accounts/delete.html", {"form": form})
    form.save()
    logout(request)
    messages.success(request, gettext("Your account and everything in it has been deleted."))
    return redirect("diagnosis:home")
