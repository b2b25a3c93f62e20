"""The page to return to after signing in or authenticating again."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def page_to_return_to(request: HttpRequest) -> str:
    """Return the page to show after signing in. Empty for the default page.

    The address of a POST need not be a page. Then it is the page with the form.
    """
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    return page_before(request)


def page_before(request: HttpRequest) -> str:
    """Return the page of this site whose link or form was used. Empty if there is none."""
    referrer = request.headers.get("Referer", "")
    hosts, is_secure = {request.get_host()}, request.is_secure()
    if not url_has_allowed_host_and_scheme(referrer, hosts, require_https=is_secure):
        return ""
    came_from = urlsplit(referrer)
    if came_from.path.startswith("//"):
        # As an address it would lead to another site.
        return ""
    return f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path


def query(request: HttpRequest) -> dict[str, str]:
    """Return the page as a query string's parameters."""
    page = page_to_return_to(request)
    return {"next": page} if page else {}
