"""The page to return to after signing in or authenticating again."""

from typing import Final
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

# Forms that a script keeps in the browser until they are stored (static/unsaved.js). A GET of
# such a form's address redirects to the page with the form.
KEPT: Final = {"diagnosis:impression", "diagnosis:reading"}


def page_to_return_to(request: HttpRequest) -> str:
    """Return the page to show after signing in, or an empty string for the default page.

    A POST's address is not always that of a page, so the page with the form is returned instead.
    """
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    # Some browsers send no Referer.
    return page_before(request) or (request.path if _may_be_kept(request) else "")


def page_before(request: HttpRequest) -> str:
    """Return the page of this site whose link or form was used, or "" if there is none."""
    referrer = request.headers.get("Referer", "")
    hosts, is_secure = {request.get_host()}, request.is_secure()
    if not url_has_allowed_host_and_scheme(referrer, hosts, require_https=is_secure):
        return ""
    address = urlsplit(referrer)
    if address.path.startswith("//"):
        # A browser would take `//name` as the address of another site.
        return ""
    return f"{address.path}?{address.query}" if address.query else address.path


def query(request: HttpRequest) -> dict[str, str]:
    """Return the page to return to, as parameters of a query string."""
    page = page_to_return_to(request)
    return {"next": page} if page else {}


def to_sign_in(request: HttpRequest, address: str) -> HttpResponseRedirect:
    """Redirect to the sign-in page, which says whether a form that was sent is kept or lost.

    The parameter `form` says which. A Django message would need a stored session for each anonymous
    request.
    """
    page = page_to_return_to(request)
    if request.method == "POST":
        form = "kept" if is_kept(request) else "lost"
        address = f"{resolve_url(address)}?form={form}"
    return redirect_to_login(page, address, "next" if page else "")


def is_kept(request: HttpRequest) -> bool:
    """Return whether the browser keeps the form, as its script states in a hidden field."""
    return _may_be_kept(request) and bool(request.POST.get("is_kept"))


def _may_be_kept(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.view_name in KEPT
