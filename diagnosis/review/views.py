"""The clinicians' queue and cases. Everybody else gets 404."""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access.requests import AuthenticatedHttpRequest
from accounts.access.staff_pages import staff_with
from diagnosis.audit import access_log, merged_spots, trail
from diagnosis.measurement import description, similar_cases, texts, timeline
from diagnosis.models import AuditEntry, Claim, Impression, Lesion, Screening
from diagnosis.models.decisions import due
from diagnosis.outcomes import person
from diagnosis.review import claims, likeliest
from diagnosis.review import services as reviewing
from diagnosis.review.forms import (
    CHANGED,
    CHANGED_CAUSES,
    DELETED,
    MERGED,
    HistologyForm,
    ImpressionForm,
    QueueFilter,
    ReadingForm,
    has_other_causes,
    is_outdated,
)

PAGE_SIZE = 25
# A key in the session. Its value is the path of the form that was stored last. The next page of the
# queue or of a case contains this path, so that the browser deletes its draft of that form.
STORED = "stored_form"
PLACE = re.compile("[0-9]{1,3}")
for_reviewers = staff_with("view_screening", "add_review")


@require_safe
@for_reviewers
def queue(request: HttpRequest) -> HttpResponse:
    waiting = Screening.objects.to_read(request.user).with_overdue(settings.READING_WITHIN)
    waiting = waiting.select_related("lesion__profile", "claim__claimed_by", "answers")
    chosen = QueueFilter(request.GET, waiting)
    page = Paginator(chosen.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "filter": chosen,
        "now": timezone.now(),
        "stored": request.session.pop(STORED, ""),
    }
    return render(request, "review/queue.html", context)


@require_POST
@for_reviewers
def take_next(request: AuthenticatedHttpRequest) -> HttpResponse:
    return _next_case(request, gettext("No case is waiting for you."))


def _next_case(request: AuthenticatedHttpRequest, message: str) -> HttpResponse:
    """Redirect to the next case. If there is none, to the queue with a message."""
    screening = claims.take_next(by=request.user)
    if screening:
        return redirect("diagnosis:case", pk=screening.pk)
    messages.info(request, message)
    return redirect("diagnosis:queue")


@require_POST
@for_reviewers
def claim(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    screening = get_object_or_404(Screening.objects.to_read(request.user), pk=pk)
    if not claims.claim(screening, by=request.user):
        messages.warning(request, gettext("Another clinician has already taken this case."))
    return redirect("diagnosis:case", pk=pk)


@require_safe
@for_reviewers
def case(request: HttpRequest, pk: UUID) -> HttpResponse:
    if Screening.objects.reviewed_by(request.user).filter(pk=pk).exists():
        messages.info(
            request, gettext("You have already read this case. This page shows what is stored.")
        )
        return redirect("admin:diagnosis_screening_change", pk)
    screening = get_object_or_404(Screening.objects.to_read(request.user).with_outcome(), pk=pk)
    access_log.record(screening, by=request.user)
    context = _case(request, screening) | {"stored": request.session.pop(STORED, "")}
    return render(request, "review/case.html", context)


@require_safe
@for_reviewers
def similar(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Return the picture of the similar case with the rank `place`, from 0."""
    screening = get_object_or_404(Screening.objects.to_read(request.user), pk=pk)
    place = request.GET.get("place", "")
    if not PLACE.fullmatch(place) or not description.is_open_to(request.user, screening):
        raise Http404
    thumbnail = similar_cases.thumbnail(screening, int(place))
    if thumbnail is None:
        raise Http404
    return HttpResponse(thumbnail.read_bytes(), content_type="image/jpeg")


@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewers
def impression(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    if request.method != "POST":
        return redirect("diagnosis:case", pk=pk)
    screening = _own_case(request, pk)
    form = ImpressionForm(request.POST)
    if not form.is_valid():
        return render(request, "review/case.html", _case(request, screening) | {"form": form})
    reviewing.form_impression(screening, by=request.user, **form.cleaned_data)
    request.session[STORED] = request.path
    return redirect("diagnosis:case", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_reviewers
def reading(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    if request.method != "POST":
        return redirect("diagnosis:case", pk=pk)
    # The next case is claimed after the commit. Storing a reading locks the audit trail. Every
    # process locks the trail last, so a claim in the same transaction could deadlock.
    return _store_reading(request, pk) or _next_case(request, gettext("Your reading is stored."))


@transaction.atomic
def _store_reading(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse | None:
    """Store a reading and return None. If it cannot be stored yet, return the page to show."""
    # Locked, so that no model answer or cause arrives between the form's check and the reading.
    screening = _own_case(request, pk, is_locked=True)
    if _is_blind(_own_impression(request, screening)):
        return redirect("diagnosis:case", pk=pk)
    is_changed = is_outdated(request.POST, screening.prediction)
    are_causes_changed = has_other_causes(request.POST, screening)
    if is_changed:
        messages.warning(request, CHANGED)
    if are_causes_changed:
        messages.warning(request, CHANGED_CAUSES)
    if is_changed or are_causes_changed:
        again = ReadingForm.again(request.POST)
        return render(request, "review/case.html", _case(request, screening) | {"form": again})
    form = ReadingForm(request.POST)
    if not form.is_valid():
        return render(request, "review/case.html", _case(request, screening) | {"form": form})
    reviewing.record_reading(screening, by=request.user, **form.cleaned_data)
    request.session[STORED] = request.path
    return None


@require_POST
@for_reviewers
def release(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    claims.release(_own_case(request, pk), by=request.user)
    return redirect("diagnosis:queue")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_with("view_screening", "add_histology")
def histology(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    lesion = get_object_or_404(
        Lesion.objects.of_others(request.user).select_related("owner"), pk=pk
    )
    form = HistologyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reviewing.enter_histology(lesion, by=request.user, **form.cleaned_data)
        except Lesion.DoesNotExist:
            return _redirect_from_gone(request, pk)
        messages.success(request, gettext("The biopsy result is stored."))
        return redirect("diagnosis:histology", pk=pk)
    trail.record(AuditEntry.Action.VIEW, lesion, by=request.user)
    # The owner's page lists who saw which photo, not which spot.
    access_log.record(*lesion.screenings.all(), by=request.user)
    entries = lesion.histologies.select_related("entered_by")
    return render(
        request, "review/histology.html", {"lesion": lesion, "form": form, "entries": entries}
    )


def _redirect_from_gone(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Redirect from a spot that was merged or deleted while the form was open."""
    into = merged_spots.successor(pk)
    messages.warning(request, MERGED if into else DELETED)
    return redirect("diagnosis:histology", pk=into.pk) if into else redirect("diagnosis:queue")


def _own_case(request: HttpRequest, pk: UUID, *, is_locked: bool = False) -> Screening:
    """Return a case that this clinician has claimed.

    An expired claim counts until another clinician claims the case, so that a form that was filled
    in slowly is not lost.
    """
    cases = Screening.objects.to_read(request.user).filter(claim__claimed_by=request.user.pk)
    if is_locked:
        # By itself, since PostgreSQL reads joined answers before it waits for the lock.
        get_object_or_404(cases.select_for_update(of=("self",)), pk=pk)
    return get_object_or_404(cases.with_outcome(), pk=pk)


def _own_impression(request: HttpRequest, screening: Screening) -> Impression | None:
    return screening.impressions.filter(formed_by=request.user.pk).first()


def _is_blind(impression: Impression | None) -> bool:
    """Return whether the model's result is hidden because the clinician has given no impression."""
    return settings.IS_BLIND_FIRST and impression is None


def _of_spot(screening: Screening) -> Iterable[Screening]:
    return screening.lesion.screenings.with_outcome()


def _case(request: HttpRequest, screening: Screening) -> dict[str, Any]:
    impression = _own_impression(request, screening)
    is_blind = _is_blind(impression)
    earlier = screening.earlier
    answers = screening.given_answers
    return {
        "screening": screening,
        "claim": Claim.objects.current().filter(pk=screening.pk).first(),
        "impression": impression,
        "is_blind": is_blind,
        "likeliest": likeliest.of(screening.prediction)
        if screening.prediction and not is_blind
        else (),
        "measured": None if is_blind else description.describe_to_clinician(screening),
        "plot": None if is_blind else timeline.timeline(list(_of_spot(screening))),
        "similar": () if is_blind else similar_cases.of(screening),
        "similar_texts": (texts.SIMILAR_NOTE, texts.SIMILAR_LICENCE),
        "form": ImpressionForm() if is_blind else ReadingForm.after(impression),
        "is_sooner": screening.lesion.body_site in due.SOONER,
        "facts": person.facts(screening),
        "reasons": person.reasons(screening, with_growth=not is_blind),
        "others": Lesion.objects.beside(screening.lesion).count(),
        "signs": person.signs(answers) if answers else (),
        # All earlier photos are counted, and the latest are shown.
        "before": earlier,
        "earlier": earlier[:6],
    }
