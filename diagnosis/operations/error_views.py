"""Django's handlers for errors."""

import sys

from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

from diagnosis.photos import outages


def broken(request: HttpRequest) -> HttpResponse:
    """Distinguish outages from faults; middleware also queries the database for sessions."""
    error = sys.exc_info()[1]
    outage = outages.behind(error) if error else None
    return outages.page(outage) if outage else server_error(request)
