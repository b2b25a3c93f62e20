"""Adds pages and tasks without content to SkinScreen's own."""

from celery import shared_task
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils import timezone

from skinscreen.urls import handler429, handler500  # noqa: F401

DONE = "floors"


@shared_task(ignore_result=True)
def nothing() -> None:
    pass


@shared_task(ignore_result=True)
def done() -> None:
    from diagnosis.models import Heartbeat

    Heartbeat.objects.create(worker=DONE, beat_at=timezone.now())


def page(request: HttpRequest) -> HttpResponse:
    """Return a page without content. It needs the session, the person and the template."""
    return render(request, "base.html")


def answer(request: HttpRequest) -> HttpResponse:
    """Return an answer without a template, as for a picture. It needs session and person."""
    return HttpResponse(request.user.get_username())


def commit(request: HttpRequest) -> HttpResponse:
    """Return the same answer after a statement and its commit."""
    from diagnosis.models import Heartbeat

    Heartbeat.objects.filter(worker="nobody").update(beat_at=timezone.now())
    return answer(request)


urlpatterns = [
    path("floor/page/", page),
    path("floor/answer/", answer),
    path("floor/commit/", commit),
    path("", include("skinscreen.urls")),
]
