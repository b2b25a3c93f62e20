"""Urgent news that people have not opened: they were mailed, or their account is closed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access.requests import AuthenticatedHttpRequest
from accounts.access.staff_pages import staff_with
from diagnosis.audit import access_log
from diagnosis.models import Notice
from diagnosis.reminders import notices

# The most notices on the page: the oldest. Each is about one photo.
MOST = 50
for_leads = staff_with("view_figures")


@require_safe
@for_leads
def page(request: HttpRequest) -> HttpResponse:
    waiting = Notice.objects.to_reach().select_related("screening__owner", "screening__lesion")
    shown = list(waiting[:MOST])
    access_log.record(*(notice.screening for notice in shown), by=request.user)
    return render(request, "review/reach.html", {"notices": shown})


@require_POST
@for_leads
def reached(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    """Remove a notice from the list after its person was informed in another way."""
    notice = get_object_or_404(Notice.objects.to_reach().select_related("screening"), pk=pk)
    notices.note_reached(notice, by=request.user)
    messages.success(request, gettext("The entry is removed from the list."))
    return redirect("diagnosis:reach")
