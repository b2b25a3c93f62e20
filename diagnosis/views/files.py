from uuid import UUID

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from diagnosis.models import Screening


@require_safe
def photo(request: HttpRequest, pk: UUID) -> FileResponse:
    return _file(get_object_or_404(Screening.objects.visible_to(request.user), pk=pk).photo)


@require_safe
def thumbnail(request: HttpRequest, pk: UUID) -> FileResponse:
    return _file(get_object_or_404(Screening.objects.visible_to(request.user), pk=pk).thumbnail)


def _file(field: FieldFile) -> FileResponse:
    try:
        return FileResponse(field.open("rb"), content_type="image/jpeg")
    except FileNotFoundError as error:
        raise Http404 from error
