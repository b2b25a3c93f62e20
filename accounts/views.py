from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.forms import DeleteAccountForm, SkinForm


@require_http_methods(["GET"])
def settings(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/settings.html")


@require_http_methods(["GET", "POST"])
def skin(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    form = SkinForm(request.POST if request.method == "POST" else None, instance=request.user)
    if not form.is_valid():
        return render(request, "accounts/skin.html", {"form": form})
    form.save()
    messages.success(request, "Thank you, that is stored.")
    return redirect("accounts:settings")


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    if request.method == "POST":
        # As tight as everywhere else that asks for the password again.
        user = request.user
        too_often: HttpResponse | None = consume_or_429(request, action="reauthenticate", user=user)
        if too_often:
            return too_often
    form = DeleteAccountForm(request.POST or None, user=request.user)
    if not form.is_valid():
        return render(request, "accounts/delete.html", {"form": form})
    form.save()
    logout(request)
    messages.success(request, "Your account and everything in it has been deleted.")
    return redirect("diagnosis:home")
