"""No value in a form or a URL causes a server error."""

import os
import re
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.skinscreen.test_urls import (  # noqa: F401 - fixtures
    PEOPLE,
    TABLE,
    address,
    claimed_case,
    people,
)

# For a longer search: HYPOTHESIS_EXAMPLES=200 pytest tests/test_requests.py
EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "4"))
UNUSUAL = (
    *(
        "",
        "\0",
        "a\0b",
        "%00",
        "\ufffe",
        "🙂",
        "'",
        '"><script>',
        "../..",
        "x" * 2000,
        "a b " * 600,
    ),
    *("-1", "0", "1", "9" * 5000, "9" * 20, "1e309", "nan", "-inf", "٣", "²", "1.1.1", "-1.-1"),
    *("0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "9999-12-31T23:59:59-23:59"),
    *("[" * 3000, "{}", "null", '{"response": {"userHandle": "AA"}}', "1" * 5000),
    *("00000000-0000-0000-0000-000000000000", "x@" + "b." * 150, "True", "elevated", "done"),
)
VALUES = st.sampled_from(UNUSUAL) | st.text(st.characters(codec="utf-8"), max_size=40)
# Query parameters that pages read.
QUERY_PARAMETERS = {
    *("page", "place", "since", "until", "tier", "status", "before", "after", "one", "other"),
    *("lesion", "capture", "body_site", "side", "next", "q", "p", "o", "all", "e", "read"),
    "screening",
    *("lesion__body_site", "created_at__gte", "created_at__lt", "created_at__isnull", "note"),
    *("is_uncertain", "lesion__body_site__isnull", "id__in", "action", "at__gte", "app_label"),
    *("_changelist_filters", "_popup", "_to_field", "_facets", "model_name", "field_name", "term"),
    *("owner__id__exact", "capture__exact", "status__exact", "action__exact", "type__exact"),
    *("is_staff__exact", "groups__id__exact", "verified__exact", "primary__exact"),
}
# The fields of forms that are sent to a URL other than the page that shows them.
FORM_FIELDS = {
    "accounts:end_session": {"session"},
    "diagnosis:choose_recheck": {"months"},
    "diagnosis:consent": {"allow"},
    "diagnosis:impression": {"finding"},
    "diagnosis:reading": {"verdict", "note", "message", "shown_prediction", "shown_causes"},
    "diagnosis:send": {
        *("photo", "capture", "lesion", "name", "body_site", "side", "note", "key"),
        *("whose", "person", "skin_type"),
    },
    "mfa_login_webauthn": {"credential"},
    "mfa_reauthenticate_webauthn": {"credential"},
}
FIELD_NAME = re.compile(r'<(?:input|select|textarea)[^>]*?\sname="([^"]+)"')
LINK_QUERY = re.compile(r'href="[^"]*?\?([^"]*)"')


def most_privileged(name, method):
    """Return the person with the most rights to a URL, and also "anonymous" if it is public."""
    statuses = TABLE[name][: len(PEOPLE)] if method == "get" else TABLE[name][len(PEOPLE) :]
    refusals = {"in", "adm", "403", "404", "405"}
    allowed = [who for who, status in zip(PEOPLE, statuses, strict=True) if status not in refusals]
    # The person with the most rights comes first.
    order = ("superuser", "owner", "reviewer", "anonymous", "stranger")
    chosen = [who for who in order if who in allowed]
    return {chosen[0], *({"anonymous"} & {*chosen})} if chosen else set()


CASES = sorted(
    {
        (name, who)
        for name in TABLE
        for method in ("get", "post")
        for who in most_privileged(name, method)
    }
)


def names_on(page):
    """Return the names of form fields and link parameters on a page."""
    text = b"".join(page).decode(errors="ignore")
    links = [
        part.split("=")[0] for query in LINK_QUERY.findall(text) for part in query.split("&amp;")
    ]
    return {*FIELD_NAME.findall(text), *links} - {"csrfmiddlewaretoken"}


@pytest.fixture(params=CASES, ids="-".join)
def target(request, people, claimed_case):  # noqa: F811
    """Return a URL's name, who requests it, their client, and the URL."""
    name, who = request.param
    client = Client()
    if who != "anonymous":
        client.force_login(people[who])
    return name, who, client, address(name, claimed_case, people["stranger"])


# Django warns of a time without a zone in a query parameter of the admin.
@pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime")
def test_no_value_causes_a_server_error(target):
    name, who, client, url = target
    on_page = names_on(client.get(url))
    for method, more in (("get", QUERY_PARAMETERS), ("post", FORM_FIELDS.get(name, set()))):
        if who in most_privileged(name, method) and (names := on_page | more):
            send_unusual_values(getattr(client, method), url, names, name == "diagnosis:readyz")


def send_unusual_values(send, url, names, may_be_unavailable):
    values = st.dictionaries(st.sampled_from(sorted(names)), VALUES, min_size=1, max_size=12)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(values)
    def send_fields(fields):
        with transaction.atomic():
            response = send(url, fields)
            list(response)
            transaction.set_rollback(True)
        assert response.status_code < 500 or may_be_unavailable, send

    send_fields()


PLACES = (
    "/admin/diagnosis/screening/{}/change/",
    "/admin/diagnosis/auditentry/{}/change/",
    "/admin/accounts/user/{}/change/",
    "/admin/accounts/user/{}/password/",
    "/admin/auth/group/{}/delete/",
    "/admin/diagnosis/modelversion/{}/become/active/",
    "/admin/diagnosis/modelversion/1/become/{}/",
    "/admin/r/{}/1/",
    "/admin/r/1/{}/",
    "/admin/{}/",
    "/screenings/{}/",
    "/account/reminders/stop/{}/",
    "/account/password/reset/key/{}-abc/",
    "/account/password/reset/key/1-{}/",
    "/account/second-step/webauthn/keys/{}/edit/",
    "/{}",
)


@pytest.mark.parametrize("place", PLACES)
def test_no_url_causes_a_server_error(client, superuser, place):
    client.force_login(superuser)
    for value in filter(None, UNUSUAL):
        path = place.format(quote(value, safe="/"))
        assert client.get(path).status_code < 500, path


@pytest.mark.parametrize("where", ["query", "body", "cookie"])
def test_invalid_utf_8_causes_no_server_error(client, owner, where):
    junk, kind = b"login=%ff%fe&\xff\xfe=\xff", "application/x-www-form-urlencoded"
    url = reverse("account_login")
    if where == "query":
        response = client.get(f"{url}?next=%ff%fe&%c3%28=1")
    elif where == "cookie":
        response = Client(HTTP_COOKIE="sessionid=\xff\0; csrftoken=\xff").get(url)
    else:
        response = client.post(url, junk, kind)
    assert response.status_code < 500
