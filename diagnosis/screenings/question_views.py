from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access.requests import AuthenticatedHttpRequest
from accounts.rate_limits import hourly_limits
from diagnosis.models import Profile, Screening
from diagnosis.screenings import services
from diagnosis.screenings.question_forms import AnswersForm, ProfileForm, SkinTypeForm


@require_http_methods(["GET", "HEAD", "POST"])
@hourly_limits.limit_entries
def questions(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    """Ask about the spot in a photo."""
    own = Screening.objects.owned_by(request.user).with_outcome()
    screening = get_object_or_404(own, pk=pk)
    # Not `request.POST or None`: a form without any choice is submitted empty.
    data = request.POST if request.method == "POST" else None
    form = AnswersForm(data, screening=screening, by=request.user)
    if not form.is_valid():
        return render(request, "screenings/questions.html", {"screening": screening, "form": form})
    form.save()
    messages.success(request, gettext("Thank you. Your answers are saved with the photo."))
    return redirect(screening)


@require_http_methods(["GET", "HEAD", "POST"])
@hourly_limits.limit_entries
def person(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    """Ask about the person whose skin it is, then return to the photo that waits for answers."""
    profile = get_object_or_404(Profile.objects.select_related("owner"), pk=pk, owner=request.user)
    data = request.POST if request.method == "POST" else None
    screening = _came_from(request)
    # The form that sent the photo has asked for the skin type.
    asks_skin_type = screening is None
    form = ProfileForm(data, instance=profile, by=request.user, asks_skin_type=asks_skin_type)
    if not form.is_valid():
        context = {"profile": profile, "form": form, "screening": screening}
        return render(request, "screenings/person.html", context)
    form.save_profile()
    messages.success(request, gettext("Thank you, that is saved."))
    return redirect(_next(screening))


@require_POST
@hourly_limits.limit_entries
def skin_type(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    """Store the skin type from the page of a photo that waits for it."""
    profile = get_object_or_404(Profile.objects.select_related("owner"), pk=pk, owner=request.user)
    form = SkinTypeForm(request.POST)
    if form.is_valid():
        services.set_skin_type(profile, form.cleaned_data["skin_type"], by=request.user)
        messages.success(request, gettext("Thank you, that is saved."))
    return redirect(_came_from(request) or reverse("diagnosis:person", args=[pk]))


def _came_from(request: HttpRequest) -> Screening | None:
    """Return the photo that waits for the answers, if the URL names it."""
    try:
        wanted = UUID(request.GET.get("screening", ""))
    except ValueError:
        return None
    return Screening.objects.owned_by(request.user).with_outcome().filter(pk=wanted).first()


def _next(screening: Screening | None) -> str:
    if screening is None:
        return reverse("accounts:settings")
    if screening.given_answers is None:
        return reverse("diagnosis:questions", args=[screening.pk])
    return screening.get_absolute_url()
