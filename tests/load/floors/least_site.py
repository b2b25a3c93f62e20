"""The least that a site with SkinScreen's processes can do for a person's visit.

It has SkinScreen's middleware, broker, worker, decoder and networks. Its pages have a session and a
template, but no content. A photo is decoded, encoded, encrypted and stored, and its row is written
once for each step. Measuring runs only the networks.
"""

from contextvars import copy_context
from functools import lru_cache
from time import monotonic
from typing import Any

from celery import shared_task
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import ensure_csrf_cookie

from skinscreen.urls import handler429, handler500  # noqa: F401

WAITING, ANSWERED, MEASURING, MEASURED = "waiting", "answered", "measuring", "measured"
OPEN = f"""
SELECT count(*) FROM diagnosis_heartbeat
WHERE model_version IN ('{WAITING}', '{ANSWERED}', '{MEASURING}')
"""


def _rows() -> Any:
    """Return the photos' rows, kept as heartbeats: files in `worker`, state in `model_version`."""
    from diagnosis.models import Heartbeat

    return Heartbeat.objects


@ensure_csrf_cookie
def form(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


def send(request: HttpRequest) -> JsonResponse:
    from diagnosis.classification import queue
    from diagnosis.photos import photo_decoder, photo_files

    photo = photo_decoder.clean(request.FILES["photo"])  # type: ignore[arg-type]
    with photo_files.stored(photo) as names:
        files = f"{names['views']} {names['page'] or names['photo']}"
        row = _rows().create(worker=files, model_version=WAITING, beat_at=timezone.now())
    queue.publisher.submit(copy_context().run, read.delay, row.pk)
    return JsonResponse({"url": f"/screenings/{row.pk}/", "lesion": ""})


def page(request: HttpRequest, pk: int) -> HttpResponse:
    response = render(request, "base.html")
    response.write(f'<p data-waiting="/waiting/{pk}/">')
    return response


def picture(request: HttpRequest, pk: int) -> FileResponse:
    name = _rows().get(pk=pk).worker.split()[1]
    return FileResponse(default_storage.open(name), content_type="image/jpeg")


def poll(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer 204 with SkinScreen's pause while a photo waits, and 200 after that."""
    from diagnosis.screenings import waiting

    if not _rows().filter(pk=pk, model_version=WAITING).exists():
        return HttpResponse()
    pause = max(waiting.ONE_MS, waiting.EACH_MS * queue_length(int(monotonic())))
    return HttpResponse(status=204, headers={"Ask-Again-Ms": str(pause)})


@lru_cache(maxsize=1)
def queue_length(second: int) -> int:
    """Return how many photos wait, counted once a second in each process, as in SkinScreen."""
    number: int = _rows().filter(model_version=WAITING).count()
    return number


def status(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(request.user.get_username())


@shared_task(ignore_result=True)
def read(pk: int) -> None:
    from diagnosis.classification import active_model

    active_model.classifier().classify_view(_views(pk).framed)
    _rows().filter(pk=pk).update(model_version=ANSWERED)
    measure_next()


@shared_task(ignore_result=True)
def measure_next() -> None:
    """Measure a classified photo, unless a photo waits. Then queue the next, as SkinScreen does."""
    answered = _rows().filter(model_version=ANSWERED)
    if _rows().filter(model_version=WAITING).exists() or not (row := answered.first()):
        return
    if answered.filter(pk=row.pk).update(model_version=MEASURING):
        measure(_views(row.pk))
        _rows().filter(pk=row.pk).update(model_version=MEASURED)
    if answered.exists():
        measure_next.delay()


def _views(pk: int) -> Any:
    from ml.preprocessing.views import Views

    with default_storage.open(_rows().get(pk=pk).worker.split()[0]) as file:
        return Views.from_bytes(file.read())


def measure(views: Any) -> None:
    """Run the networks that measure a photo, without features and drawings."""
    from PIL import Image

    from diagnosis.classification import active_model
    from diagnosis.measurement import analysis

    active_model.classifier().explain(views)
    outliner = analysis.outliner(analysis.outliner_dir())
    outliner.input_and_logits(Image.fromarray(views.whole))


urlpatterns = [
    path("screenings/new/", form),
    path("screenings/send/", send),
    path("screenings/<int:pk>/", page),
    path("screenings/<int:pk>/picture/", picture),
    path("screenings/<int:pk>/status/", status),
    path("waiting/<int:pk>/", poll),
    path("", include("skinscreen.urls")),
]
