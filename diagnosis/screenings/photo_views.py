from uuid import UUID

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.sign_in import next_page
from diagnosis.audit import access_log
from diagnosis.measurement import description
from diagnosis.models import Screening
from diagnosis.photos import renditions
from diagnosis.screenings import kept_pictures
from ml.preprocessing.images import ImageError


@require_safe
def photo(request: HttpRequest, pk: UUID) -> FileResponse:
    return _file(_recorded_view(request, pk).photo)


@require_safe
def picture(request: HttpRequest, pk: UUID) -> FileResponse:
    """Return a photo in the size for pages."""
    screening = _recorded_view(request, pk)
    try:
        response = FileResponse(renditions.open_page(screening), content_type="image/jpeg")
    except (FileNotFoundError, ImageError) as error:
        raise Http404 from error
    kept_pictures.mark(response, request, screening)
    return response


@require_safe
def thumbnail(request: HttpRequest, pk: UUID) -> FileResponse:
    screening = _recorded_view(request, pk)
    response = _file(screening.thumbnail)
    kept_pictures.mark(response, request, screening)
    return response


@require_safe
def zoom(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the page on which a photo can be zoomed."""
    screening = _recorded_view(request, pk)
    is_own = screening.owner_id == request.user.pk
    default = screening.get_absolute_url() if is_own else reverse("diagnosis:case", args=[pk])
    back = next_page.page_before(request)
    # After signing in, the page before is the sign-in page, which would lead back here.
    if not back or back.startswith(reverse("accounts:settings")):
        back = default
    return render(request, "screenings/zoom.html", {"screening": screening, "back": back})


@require_safe
def looked(request: HttpRequest, pk: UUID) -> FileResponse:
    """Return the saliency map to those who may see the result."""
    screening = get_object_or_404(Screening.objects.visible_to(request.user), pk=pk)
    if not description.is_open_to(request.user, screening):
        raise Http404
    measurement = screening.measurement
    if not measurement or not measurement.overlay:
        raise Http404
    access_log.record(screening, by=request.user)
    return _file(measurement.overlay, "image/png")


def _recorded_view(request: HttpRequest, pk: UUID) -> Screening:
    """Return a photo that the visitor may see, and record the view."""
    screening = get_object_or_404(Screening.objects.visible_to(request.user), pk=pk)
    access_log.record(screening, by=request.user)
    return screening


def _file(field: FieldFile, content_type: str = "image/jpeg") -> FileResponse:
    try:
        return FileResponse(field.open("rb"), content_type=content_type)
    except FileNotFoundError as error:
        raise Http404 from error
