from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access.staff_pages import staff_with
from diagnosis.audit import heads, trail, trail_export
from diagnosis.models import AuditCheck, AuditEntry


@require_safe
@staff_with("view_auditentry")
def page(request: HttpRequest) -> HttpResponse:
    context = {
        "check": AuditCheck.objects.first(),
        "head": heads.last(),
        "parts": reversed(trail_export.parts()),
    }
    return render(request, "audit/trail.html", context)


@require_safe
@staff_with("view_auditentry")
def download(request: HttpRequest, first: int) -> HttpResponse:
    part = next((candidate for candidate in trail_export.parts() if candidate.first == first), None)
    if part is None:
        raise Http404
    trail.record(AuditEntry.Action.EXPORT, by=request.user, what="audit trail", first=first)
    return HttpResponse(
        trail_export.write(part),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="audit-trail-{first}.csv"'},
    )
