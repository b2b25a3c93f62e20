from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from diagnosis import outages

Respond = Callable[[HttpRequest], HttpResponse]


def keep_private(get_response: Respond) -> Respond:
    """Keep every page out of every cache, the browser's too.

    A part of a page that asks for itself when its session has ended reloads the whole page,
    which leads to signing in; the sign-in page does not belong into the part.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if "HX-Request" in request.headers and isinstance(response, HttpResponseRedirect):
            response = HttpResponse(headers={"HX-Refresh": "true"})
        add_never_cache_headers(response)
        return response

    return middleware


def clear_on_sign_out(get_response: Respond) -> Respond:
    """Have the browser forget the photos that it keeps until they are sent."""

    def middleware(request: HttpRequest) -> HttpResponse:
        was_signed_in = request.user.is_authenticated
        response = get_response(request)
        if was_signed_in and not request.user.is_authenticated:
            response.headers["Clear-Site-Data"] = '"storage"'
        return response

    return middleware


class OutageMiddleware:
    """Answers with when to try again where a page cannot be made for now."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        outage = outages.behind(error)
        return outages.answered(outage, render(request, "503.html")) if outage else None
