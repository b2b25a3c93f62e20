from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access.requests import AuthenticatedHttpRequest
from accounts.privacy import consent as storage_consent
from accounts.rate_limits import hourly_limits
from diagnosis.models import AuditEntry, Profile, Screening
from diagnosis.privacy import export, texts
from diagnosis.privacy.consent import allow_training

PAGE_SIZE = 20
# An export of 3,700 photos takes 2.2 s of processor time (ADR 25).
EXPORTS_PER_HOUR = 6


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    own = Screening.objects.owned_by(request.user)
    views = AuditEntry.objects.looks_at(own)
    page = Paginator(views, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "photos": own.count(),
        "people": Profile.objects.filter(owner=request.user.pk),
        "page": page,
        "refused_days": settings.KEEP_REFUSED.days,
    }
    return render(request, "privacy/data.html", context)


@require_POST
@hourly_limits.limit_entries
def consent(request: AuthenticatedHttpRequest) -> HttpResponse:
    is_allowed = "allow" in request.POST
    # Without consent to storage, a person may only withdraw: training is a use of stored photos.
    if is_allowed and not storage_consent.is_given(request.user):
        return redirect(storage_consent.PAGE)
    allow_training(by=request.user, is_allowed=is_allowed)
    messages.success(request, gettext("Your choice is saved."))
    return redirect("diagnosis:data")


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]
def download(request: AuthenticatedHttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return render(request, "privacy/export.html")
    if seconds := hourly_limits.consume(request, "export", most=EXPORTS_PER_HOUR):
        messages.warning(request, texts.EXPORT_LATER.format(hourly_limits.in_words(seconds)))
        return redirect("diagnosis:data")
    archive = export.archive(by=request.user)
    return FileResponse(archive, as_attachment=True, filename="skinscreen.zip")
