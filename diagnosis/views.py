from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from diagnosis import outcomes
from diagnosis.forms import HistoryFilter, UploadForm
from diagnosis.models import Screening

PAGE_SIZE = 20


@login_not_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "diagnosis/home.html")


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "diagnosis/upload.html", {"form": form})
    return redirect(form.save(by=request.user))


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    own = Screening.objects.owned_by(request.user)
    chosen = HistoryFilter(request.GET, own.with_outcome())
    page = Paginator(chosen.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "diagnosis/history.html", {"filter": chosen, "page": page})


@require_safe
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _outcome(request, pk, "diagnosis/detail.html")


@require_safe
def status(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _outcome(request, pk, "diagnosis/outcome.html")


def _outcome(request: HttpRequest, pk: UUID, template: str) -> HttpResponse:
    own = Screening.objects.owned_by(request.user).with_outcome()
    screening = get_object_or_404(own, pk=pk)
    return render(
        request, template, {"screening": screening, "outcome": outcomes.describe(screening)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    screening = get_object_or_404(Screening.objects.owned_by(request.user), pk=pk)
    if request.method != "POST":
        return render(request, "diagnosis/delete.html", {"screening": screening})
    screening.delete()
    messages.success(request, "The photo and its result have been deleted.")
    return redirect("diagnosis:history")


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
