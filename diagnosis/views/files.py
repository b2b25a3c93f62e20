from uuid import UUID

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from diagnosis import audit, measured
from diagnosis.models import AuditEntry, Screening


@require_safe
def photo(request: HttpRequest, pk: UUID) -> FileResponse:
    screening = get_object_or_404(Screening.objects.visible_to(request.user), pk=pk)
    if screening.owner_id != request.user.pk:
        audit.record(AuditEntry.Action.VIEW, screening, by=request.user)
    return _file(screening.photo)


@require_safe
def thumbnail(request: HttpRequest, pk: UUID) -> FileResponse:
    return _file(get_object_or_404(Screening.objects.visible_to(request.user), pk=pk).thumbnail)


@require_safe
def looked(request: HttpRequest, pk: UUID) -> FileResponse:
    """Show where the model looked, to whoever may know what it found."""
    screening = get_object_or_404(Screening.objects.visible_to(request.user), pk=pk)
    if not measured.is_open_to(request.user, screening):
        raise Http404
    found = screening.measurement
    if not found or not found.overlay:
        raise Http404
    return _file(found.overlay, "image/png")


def _file(field: FieldFile, content_type: str = "image/jpeg") -> FileResponse:
    try:
        return FileResponse(field.open("rb"), content_type=content_type)
    except FileNotFoundError as error:
        raise Http404 from error
