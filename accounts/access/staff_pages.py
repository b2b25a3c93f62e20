"""A decorator for staff pages. Everybody else gets 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def staff_with(*permissions: str) -> Callable[[View], View]:
    """Show a view to staff with all these permissions of `diagnosis`, and 404 to everybody else."""
    names = [f"diagnosis.{permission}" for permission in permissions]

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_staff and request.user.has_perms(names):
                return view(request, *args, **kwargs)
            raise Http404

        return guarded

    return guard
