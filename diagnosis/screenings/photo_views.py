from uuid import UUID

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from diagnosis.audit import access_log
from diagnosis.measurement import description
from diagnosis.models import Screening
from diagnosis.photos import renditions
from ml.preprocessing.images import ImageError


@require_safe
def photo(request: HttpRequest, pk: UUID) -> FileResponse:
    return _file(_seen(request, pk).photo)


@require_safe
def picture(request: HttpRequest, pk: UUID) -> FileResponse:
    """Show a photo as large as a page does."""
    try:
        return FileResponse(renditions.open_page(_seen(request, pk)), content_type="image/jpeg")
    except (FileNotFoundError, ImageError) as error:
        raise Http404 from error


@require_safe
def thumbnail(request: HttpRequest, pk: UUID) -> FileResponse:
    return _file(_seen(request, pk).thumbnail)


@require_safe
def looked(request: HttpRequest, pk: UUID) -> FileResponse:
    """Show where the model looked, to whoever may know what it found."""
    screening = get_object_or_404(Screening.objects.visible_to(request.user), pk=pk)
    if not description.is_open_to(request.user, screening):
        raise Http404
    found = screening.measurement
    if not found or not found.overlay:
        raise Http404
    access_log.record(screening, by=request.user)
    return _file(found.overlay, "image/png")


def _seen(request: HttpRequest, pk: UUID) -> Screening:
    """Return a photo that somebody may see, and note that they do."""
    screening = get_object_or_404(Screening.objects.visible_to(request.user), pk=pk)
    access_log.record(screening, by=request.user)
    return screening


def _file(field: FieldFile, content_type: str = "image/jpeg") -> FileResponse:
    try:
        return FileResponse(field.open("rb"), content_type=content_type)
    except FileNotFoundError as error:
        raise Http404 from error
