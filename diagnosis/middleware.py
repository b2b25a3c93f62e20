import logging
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin

from accounts.sign_in import next_page
from diagnosis.models import Lesion, Prediction, Profile, Screening
from diagnosis.photos import outages
from diagnosis.photos.outages import OutageError
from diagnosis.screenings import kept_pictures, texts
from ml.preprocessing.images import ImageFault
from skinscreen.run import body_sizes

logger = logging.getLogger("diagnosis.waiting")

PIECE = 65_536
WAITING = "/waiting/"
GONE = tuple(model.DoesNotExist for model in (Lesion, Prediction, Profile, Screening))
Respond = Callable[[HttpRequest], HttpResponse]


def keep_private(get_response: Respond) -> Respond:
    """Keep pages out of all caches, including the browser's. The exception is `kept_pictures`.

    A redirected HTMX request gets HX-Refresh instead. Otherwise, after the session's end, the
    sign-in page would appear inside the part of the page that polls.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "HX-Request" in request.headers and isinstance(response, HttpResponseRedirect):
            response = HttpResponse(headers={"HX-Refresh": "true"})
        if not kept_pictures.is_kept(response):
            add_never_cache_headers(response)
        return response

    return middleware


def answer_waiting_pages(get_response: Respond) -> Respond:
    """Answer the polls of waiting pages early: they need no session and are not logged."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(WAITING):
            return get_response(request)
        try:
            match = request.resolver_match = resolve(request.path_info)
            with outages.translated():
                response: HttpResponse = match.func(request, **match.kwargs)
        except Resolver404:
            return get_response(request)
        except OutageError as outage:
            return outages.page(outage)
        except Exception:
            # `LogMiddleware` does not see this request.
            logger.exception("a waiting page failed")
            raise
        add_never_cache_headers(response)
        return response

    return middleware


def refuse_large(get_response: Respond) -> Respond:
    """Refuse a request that is too large before its body is stored."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if not body_sizes.is_too_large(request.path, length, has_session=has_session):
            return get_response(request)
        if body_sizes.is_worth_an_answer(request.path, length):
            _discard_body(request, length)
        needs_only_session = not body_sizes.is_too_large(request.path, length)
        if needs_only_session:
            return next_page.to_sign_in(request, reverse("account_login"))
        return _too_large(request)

    return middleware


def _discard_body(request: HttpRequest, length: int) -> None:
    """Read the rest of the body, because a browser reads no response while it is still sending."""
    body = request.META["wsgi.input"]
    while length > 0 and (piece := body.read(min(length, PIECE))):
        length -= len(piece)


def _too_large(request: HttpRequest) -> HttpResponse:
    words = texts.IMAGE_FAULTS[ImageFault.TOO_LARGE]
    if request.path == reverse("diagnosis:send"):
        error = {"message": words, "code": ImageFault.TOO_LARGE}
        return JsonResponse({"errors": {"photo": [error]}}, status=413)
    is_photo = request.path in body_sizes.PHOTO_PATHS
    return render(request, "413.html", {"words": words if is_photo else ""}, status=413)


def clear_on_sign_out(get_response: Respond) -> Respond:
    """At sign-out, have the browser delete the photos and forms that it stored."""

    def middleware(request: HttpRequest) -> HttpResponse:
        was_signed_in = request.user.is_authenticated
        response = get_response(request)
        if was_signed_in and not request.user.is_authenticated:
            response.headers["Clear-Site-Data"] = '"storage"'
        return response

    return middleware


class OutageMiddleware(MiddlewareMixin):
    """Answers with an error page and Retry-After during an outage."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        outage = outages.behind(error)
        return outages.page(outage) if outage else None


class GoneMiddleware(MiddlewareMixin):
    """Answers 404 if a row that the view still needs has just been deleted."""

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        if isinstance(error, GONE):
            raise Http404 from error
