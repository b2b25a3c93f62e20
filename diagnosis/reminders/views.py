from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access.requests import AuthenticatedHttpRequest
from accounts.rate_limits import hourly_limits
from diagnosis.models import Lesion, Reminder, Screening
from diagnosis.models.decisions import due
from diagnosis.reminders import calendar_file, reminders, texts
from diagnosis.reminders.forms import RecheckForm, VisitForm, VisitsForm

# The most questions on a page. Once they are answered, the page asks the next.
MOST_VISITS = 50


@require_POST
def choose_recheck(request: HttpRequest, pk: UUID) -> HttpResponse:
    lesion = get_object_or_404(Lesion.objects.owned_by(request.user), pk=pk)
    form = RecheckForm(request.POST)
    if form.is_valid():
        form.save_for(lesion)
        messages.success(request, gettext("Thank you, that is saved."))
    return redirect(lesion)


@require_http_methods(["GET", "HEAD", "POST"])
@hourly_limits.limit_entries
def visit(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    visits = Reminder.objects.owned_by(request.user).shown().visits()
    reminder = get_object_or_404(visits.select_related("lesion", "screening"), pk=pk)
    if reminder.closed_at:
        return redirect(reminder.lesion)
    form = VisitForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "reminders/visit.html", {"reminder": reminder, "form": form})
    choice = form.cleaned_data["answer"]
    reminders.answer(reminder, by=request.user, choice=choice)
    messages.success(request, texts.VISIT_ANSWERED[choice])
    return redirect(reminder.lesion)


@require_http_methods(["GET", "HEAD", "POST"])
@hourly_limits.limit_entries
def visits(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Ask about all visits that are due."""
    asked = Reminder.objects.due_for(request.user).visits().select_related("lesion", "screening")
    data = request.POST if request.method == "POST" else None
    if data is None and not asked.exists():
        # An old page or a bookmark: without a question the form would be empty.
        return redirect("diagnosis:home")
    form = VisitsForm(data, visits=asked[:MOST_VISITS])
    if not form.is_valid():
        return render(request, "reminders/visits.html", {"form": form})
    if form.save(by=request.user):
        messages.success(request, texts.VISITS_ANSWERED)
    return redirect("diagnosis:history")


@require_safe
def calendar(request: HttpRequest, pk: UUID) -> HttpResponse:
    reminder = get_object_or_404(Reminder.objects.owned_by(request.user).open().shown(), pk=pk)
    return _calendar(calendar_file.of_reminder(reminder))


@require_safe
def due_day(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return a calendar file with the day to see a doctor by, or the day of the next photo."""
    own = Screening.objects.owned_by(request.user).with_outcome()
    screening = get_object_or_404(own, pk=pk)
    if day := due.day(screening, screening.decision):
        return _calendar(calendar_file.of_screening(screening, day))
    raise Http404


def _calendar(entry: bytes) -> HttpResponse:
    headers = {"Content-Disposition": 'attachment; filename="skinscreen.ics"'}
    return HttpResponse(entry, content_type="text/calendar; charset=utf-8", headers=headers)
