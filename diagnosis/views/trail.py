from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from diagnosis import audit
from diagnosis.models import AuditCheck, AuditEntry
from diagnosis.trail import exporting, heads
from diagnosis.views.access import staff_with


@require_safe
@staff_with("view_auditentry")
def page(request: HttpRequest) -> HttpResponse:
    context = {
        "check": AuditCheck.objects.first(),
        "head": heads.last(),
        "parts": reversed(exporting.parts()),
    }
    return render(request, "review/trail.html", context)


@require_safe
@staff_with("view_auditentry")
def download(request: HttpRequest, first: int) -> HttpResponse:
    part = next((one for one in exporting.parts() if one.first == first), None)
    if part is None:
        raise Http404
    audit.record(AuditEntry.Action.EXPORT, by=request.user, what="audit trail", first=first)
    return HttpResponse(
        exporting.write(part),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="audit-trail-{first}.csv"'},
    )
