from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access.requests import AuthenticatedHttpRequest
from accounts.rate_limits import hourly_limits
from diagnosis.lesions import body
from diagnosis.measurement import description
from diagnosis.models import Notice, Reminder, Screening
from diagnosis.models.decisions import decided
from diagnosis.outcomes import outcomes, promise
from diagnosis.photos import outages
from diagnosis.photos.outages import OutageError
from diagnosis.reminders import notices, reminders
from diagnosis.screenings import services, texts
from diagnosis.screenings.forms import HistoryFilter
from diagnosis.screenings.scale_form import ScaleForm
from diagnosis.screenings.upload_form import UploadForm

PAGE_SIZE, SPOTS_AT_HOME = 20, 12


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "screenings/home.html", {"is_read": promise.is_given(request.user)})
    spots = request.user.lesions.by_newest_photo().with_photos()[:SPOTS_AT_HOME]
    is_read = not spots and promise.is_given(request.user)
    newest = [spot.newest for spot in spots if spot.newest]
    asking = [screening for screening in newest if screening.no_tier_reason in decided.ASKS]
    context = _waiting_for(request) | {"spots": spots, "is_read": is_read, "asking": asking}
    return render(request, "screenings/home.html", context)


def _waiting_for(request: HttpRequest) -> dict[str, Any]:
    """Return the reminders and readings that wait for the person, for the top of their pages.

    Usually nothing waits, and cheaper queries find that out.
    """
    due = Reminder.objects.owned_by(request.user).due()
    news = Notice.objects.owned_by(request.user).readings().unopened()
    return {
        "due": Reminder.objects.due_for(request.user) if due.exists() else (),
        "news": news.select_related("screening__lesion") if news.exists() else (),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: AuthenticatedHttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, UploadForm(by=request.user, initial=_initial(request)))
    form = UploadForm(request.POST, request.FILES, by=request.user, initial=_initial(request))
    try:
        with outages.translated():
            return _take(request, form)
    except OutageError as outage:
        form.add_error("photo", f"{texts.NOT_TAKEN} {texts.CHOOSE_AGAIN}")
        return outages.answered(outage, _form_page(request, form))


def _form_page(
    request: AuthenticatedHttpRequest, form: UploadForm, status: int = 200
) -> HttpResponse:
    no_answer = promise.before_upload(request.user)
    # Set only for the page, since it needs a query.
    form["skin_type"].help_text = promise.for_skin(request.user)
    context = {
        "form": form,
        "no_answer": no_answer,
        "body_map": body.blank_map(),
        "texts": texts.of_the_script(),
    }
    return render(request, "screenings/upload.html", context, status=status)


def _take(request: AuthenticatedHttpRequest, form: UploadForm) -> HttpResponse:
    if seconds := _seconds_to_wait(request):
        return _ask_to_wait(request, seconds)
    screening = form.save() if form.is_valid() else None
    if screening is None:
        return _form_page(request, form)
    return redirect(screening)


@require_POST
def send(request: AuthenticatedHttpRequest) -> JsonResponse:
    """Take a photo from the upload page's script, which sends each photo in its own request."""
    try:
        with outages.translated():
            return _take_sent(request)
    except OutageError as outage:
        return outages.answered(outage, JsonResponse({"later": texts.NOT_TAKEN}))


def _take_sent(request: AuthenticatedHttpRequest) -> JsonResponse:
    if seconds := _seconds_to_wait(request):
        headers = {"Retry-After": str(seconds)}
        return JsonResponse({"later": _limited(seconds)}, status=429, headers=headers)
    form = UploadForm(request.POST, request.FILES, by=request.user)
    screening = form.save() if form.is_valid() else None
    if screening is None:
        return JsonResponse({"errors": form.errors.get_json_data()}, status=422)
    return JsonResponse({"url": screening.get_absolute_url(), "lesion": screening.lesion_id})


def _seconds_to_wait(request: HttpRequest) -> int:
    return hourly_limits.consume(request, "upload", most=settings.UPLOADS_PER_HOUR)


def _ask_to_wait(request: AuthenticatedHttpRequest, seconds: int) -> HttpResponse:
    """Show the form again with all entries except the photo, which a page cannot set."""
    messages.warning(request, f"{_limited(seconds)} {texts.CHOOSE_AGAIN}")
    form = UploadForm(by=request.user, initial=request.POST.dict())
    response = _form_page(request, form, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _limited(seconds: int) -> str:
    return texts.LIMITED.format(hourly_limits.in_words(seconds))


def _initial(request: HttpRequest) -> dict[str, Any]:
    """Return the entries that a link to the form sets, such as the lesion or the body site."""
    return {name: request.GET.get(name) for name in ("lesion", "capture", "body_site", "side")}


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    own = Screening.objects.owned_by(request.user)
    chosen = HistoryFilter(request.GET, own.with_outcome())
    page = Paginator(chosen.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "filter": chosen,
        "page": page,
        "waiting": sum(not screening.is_finished for screening in page),
        **_waiting_for(request),
    }
    return render(request, "screenings/history.html", context)


@require_safe
def detail(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    return _outcome(request, pk, "screenings/detail.html")


@require_safe
def status(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    return _outcome(request, pk, "screenings/status.html")


@require_safe
def measurements(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    response = _outcome(request, pk, "measurement/measured.html")
    if Screening.objects.filter(pk=pk, has_grown=True, measure_at=None).exists():
        # The page is reloaded, since measured growth can make the result above more urgent.
        response["HX-Refresh"] = "true"
    return response


def _outcome(request: AuthenticatedHttpRequest, pk: UUID, template: str) -> HttpResponse:
    # The notice is loaded with the photo, so that it is never newer than what the page shows.
    own = request.user.lesions.with_photos("notice")
    screening = get_object_or_404(own, screenings=pk).photo(pk)
    if screening is None:  # It was deleted or moved meanwhile.
        raise Http404
    if screening.is_finished:
        notices.note_opened(screening)
    context = {
        "screening": screening,
        "outcome": outcomes.describe(screening),
        "of_another_photo": outcomes.of_another_photo(screening),
        "measured": description.describe(screening),
        "visit": reminders.open_visit(screening),
    }
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@hourly_limits.limit_entries
def scale(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    screening = get_object_or_404(Screening.objects.owned_by(request.user), pk=pk)
    if "remove" in request.POST:
        services.set_scale(screening, by=request.user, mm_per_px=None)
        messages.success(request, gettext("The scale has been removed."))
        return redirect(screening)
    form = ScaleForm(request.POST if request.method == "POST" else None, screening=screening)
    if request.method != "POST" or not form.is_valid():
        return render(request, "screenings/scale.html", {"screening": screening, "form": form})
    form.save(by=request.user)
    messages.success(request, gettext("Thank you. The sizes below now use your scale."))
    return redirect(screening)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    screening = get_object_or_404(Screening.objects.owned_by(request.user), pk=pk)
    if request.method != "POST":
        return render(request, "screenings/delete.html", {"screening": screening})
    services.withdraw(screening, by=request.user)
    messages.success(request, gettext("The photo and its result have been deleted."))
    return redirect("diagnosis:history")
