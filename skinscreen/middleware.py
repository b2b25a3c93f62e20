from collections.abc import Callable
from http import HTTPStatus
from time import perf_counter
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_structlog.middlewares import RequestMiddleware
from prometheus_client import Histogram
from structlog.contextvars import bind_contextvars


class LogMiddleware(RequestMiddleware):
    """Logs each request with an id, which the request's tasks log as well."""

    # Programs request these every few seconds, so their lines would hide all others.
    QUIET: ClassVar = {"/healthz", "/readyz", "/metrics"}

    def __call__(self, request: HttpRequest) -> Any:
        if request.path in self.QUIET:
            return self.get_response(request)
        return super().__call__(request)

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """Log the route instead of the URL, which may contain a signed link or a search."""
        match = request.resolver_match
        return f"{request.method} /{match.route}" if match else f"{request.method} ?"

    def process_view(
        self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict[str, Any]
    ) -> None:
        if "pk" in kwargs:
            bind_contextvars(pk=str(kwargs["pk"]))


# The buckets are for pages, which take tens of milliseconds, and for requests that wait for locks
# or the photo store. The time that a request takes to arrive is not included.
REQUESTS = Histogram(
    "skinscreen_request_seconds",
    "Duration of a request in seconds, by the page's name.",
    ["page", "status"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def time_requests(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Measure the duration of each request. The labels have few values, whatever the request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        begin = perf_counter()
        response = get_response(request)
        page = request.resolver_match.view_name if request.resolver_match else ""
        status = f"{response.status_code // 100}xx"
        REQUESTS.labels(page, status).observe(perf_counter() - begin)
        return response

    return middleware


def keep_to_this_origin(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Set Cross-Origin-Resource-Policy, so that no other site can embed our pages or photos."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    return middleware


def explain_refused_methods(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Show a page if Django answers 405 with an empty body."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content:
            return response
        page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
        page.headers["Allow"] = response.headers["Allow"]
        return page

    return middleware
