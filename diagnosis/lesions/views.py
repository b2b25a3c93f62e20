from contextlib import suppress
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access.requests import AuthenticatedHttpRequest
from accounts.rate_limits import hourly_limits
from diagnosis.audit import access_log, merged_spots
from diagnosis.lesions import body, moving, pair, report, services, texts
from diagnosis.lesions.forms import ComparisonForm, LesionForm, MoveForm, PlaceForm
from diagnosis.models import Lesion, Reminder
from diagnosis.outcomes import outcomes
from diagnosis.photos import outages
from diagnosis.photos.outages import OutageError
from diagnosis.reminders import reminders
from diagnosis.reminders.forms import RecheckForm

PAGE_SIZE, REPORTS_PER_HOUR = 20, 60


@require_safe
def lesions(request: AuthenticatedHttpRequest) -> HttpResponse:
    own = request.user.lesions.all()
    chosen = PlaceForm(request.GET).chosen(own)
    page = Paginator(chosen.with_photos(), PAGE_SIZE).get_page(request.GET.get("page"))
    places = list(own.values_list("pk", "body_site", "side"))
    context = {"page": page, "figures": body.figures(places), "unplaced": body.unplaced(places)}
    return render(request, "lesions/lesions.html", context)


@require_safe
def lesion(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    own = request.user.lesions.with_photos()
    spot = own.filter(pk=pk).first()
    if spot is None:
        successor = merged_spots.successor(pk)
        return redirect(get_object_or_404(own, pk=successor and successor.pk))
    screenings = list(spot.screenings.all())
    # A scheduled task plans visits as well, so an error is ignored: the database may be
    # unavailable, or the spot may have been deleted.
    with suppress(OutageError, IntegrityError), outages.translated():
        reminders.plan_visits_of(spot, screenings)
    planned = spot.reminders.open().shown()
    context = {
        "lesion": spot,
        "screenings": screenings,
        "pair": pair.newest(screenings),
        "planned": planned,
        "due": [row for row in planned if row.is_due and row.kind == Reminder.Kind.VISIT],
        "form": _recheck_form(spot),
    }
    return render(request, "lesions/lesion.html", context)


def _recheck_form(spot: Lesion) -> RecheckForm | None:
    """Return the form that sets a reminder to take a new photo.

    None while a visit is advised: the form could be taken as advice not to see a doctor.
    """
    if not reminders.may_wait(spot) or (spot.newest and outcomes.awaits_an_earlier_visit(spot)):
        return None
    return RecheckForm(initial={"months": reminders.chosen_months(spot)})


@require_safe
def lesion_report(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    spot = get_object_or_404(request.user.lesions.with_photos(), pk=pk)
    if seconds := hourly_limits.consume(request, "report", most=REPORTS_PER_HOUR):
        messages.warning(request, texts.REPORT_LATER.format(hourly_limits.in_words(seconds)))
        return redirect(spot)
    pdf = report.make(spot, by=request.user)
    headers = {"Content-Disposition": f'attachment; filename="spot-{timezone.localdate()}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


@require_safe
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    spot = get_object_or_404(Lesion.objects.owned_by(request.user), pk=pk)
    form = ComparisonForm(request.GET, lesion=spot)
    context = {"lesion": spot, "form": form, "pair": form.pair}
    return render(request, "lesions/compare.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@hourly_limits.limit_entries
def edit(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    spot = get_object_or_404(Lesion.objects.owned_by(request.user), pk=pk)
    form = LesionForm(request.POST if request.method == "POST" else None, instance=spot)
    if request.method != "POST" or not form.is_valid():
        context = {"lesion": spot, "form": form, "body_map": body.blank_map()}
        return render(request, "lesions/edit.html", context)
    return redirect(form.save_by(request.user))


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    spot = get_object_or_404(request.user.lesions.with_photos(), pk=pk)
    if request.method != "POST":
        return render(request, "lesions/delete.html", {"lesion": spot})
    services.withdraw_lesion(spot, by=request.user)
    messages.success(request, gettext("The spot, its photos and their results have been deleted."))
    return redirect("diagnosis:lesions")


@require_http_methods(["GET", "HEAD", "POST"])
@hourly_limits.limit_entries
def move(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    """Move photos to another spot. People move their own photos; clinicians move everybody's."""
    spot = get_object_or_404(Lesion.objects.movable_by(request.user), pk=pk)
    is_clinician = spot.owner_id != request.user.pk
    photos = list(spot.screenings.all())
    access_log.record(*photos, by=request.user)
    data = request.POST if request.method == "POST" else None
    chosen = request.GET.get("photo", "")
    form = MoveForm(data, lesion=spot, photo=chosen)
    target = form.move_by(request.user) if form.is_valid() else None
    if target is None:
        is_limited = not is_clinician and moving.has_clinical_facts([spot], photos)
        limit = texts.SOME_BY_CLINICIANS_ONLY if is_limited and not form.is_bound else ""
        back = reverse("diagnosis:queue") if is_clinician else spot.get_absolute_url()
        context = {"lesion": spot, "form": form, "limit": limit, "back": back}
        return render(request, "lesions/move.html", context)
    messages.success(request, texts.MOVED)
    return redirect("diagnosis:queue") if is_clinician else redirect(target)
