"""The handler for errors that no view has handled."""

import sys

from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

from diagnosis.photos import outages


def broken(request: HttpRequest) -> HttpResponse:
    """Answer an outage with its page, and other errors with status 500.

    `OutageMiddleware` sees only errors of views. Those of middleware, as for sessions, end here.
    """
    error = sys.exc_info()[1]
    outage = outages.behind(error) if error else None
    return outages.page(outage) if outage else server_error(request)
