from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access.requests import AuthenticatedHttpRequest
from accounts.rate_limits import hourly_limits
from diagnosis.models import Screening
from diagnosis.photos import outages
from diagnosis.photos.outages import OutageError
from diagnosis.screenings import texts
from diagnosis.screenings.crop_form import FEWEST_PIXELS, CropForm
from ml.preprocessing.images import ImageError


@require_http_methods(["GET", "HEAD", "POST"])
def crop(request: AuthenticatedHttpRequest, pk: UUID) -> HttpResponse:
    """Send a part of a refused photo as a new photo."""
    refused = Screening.objects.owned_by(request.user).refused()
    screening = get_object_or_404(refused.select_related("lesion__profile"), pk=pk)
    form = CropForm(request.POST if request.method == "POST" else None, screening=screening)
    if not form.is_valid():
        return _page(request, screening, form)
    if seconds := hourly_limits.consume(request, "upload", most=settings.UPLOADS_PER_HOUR):
        form.add_error(None, texts.LIMITED.format(hourly_limits.in_words(seconds)))
        return _page(request, screening, form)
    try:
        with outages.translated():
            return redirect(form.save(by=request.user))
    except (OutageError, ImageError, OSError):
        messages.warning(request, texts.NOT_TAKEN)
        return redirect(screening)


def _page(request: HttpRequest, screening: Screening, form: CropForm) -> HttpResponse:
    shorter = min(screening.width, screening.height)
    least = min(100, max(10, -(-100 * FEWEST_PIXELS // shorter)))
    context = {"screening": screening, "form": form, "least": least}
    return render(request, "screenings/crop.html", context)
