"""A deleted account leaves nothing behind in tables, files and mails.

The only exception is the account's number, in the audit trail and in the logs.
"""

import base64
import zlib
from contextlib import suppress

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.factories import AGREED, PASSWORD
from tests.journeys.conftest import running
from tests.journeys.stack import eventually
from tests.journeys.test_logs import answer_and_get_report, give_reading
from tests.journeys.test_person import code_from_mail

pytestmark = pytest.mark.journeys

EMAIL, FILE, NOTE, SPOT, IP, BROWSER = (
    *("ottokar@example.org", "left-shoulder-ottokar.jpg", "itches-since-april"),
    *("spot-of-aunt-mathilde", "127.0.0.77", "Browser-of-Ottokar/7"),
)
FINDING = "looks-like-naevus"
# The admin logs what an operator does.
IN_THE_ADMIN = f"""
from accounts.models import User
from django.contrib.admin.models import LogEntry
person, operator = User.objects.get(email="{EMAIL}"), User.objects.get(email="rita@example.org")
LogEntry.objects.log_actions(operator.pk, [person], 2, "Changed {EMAIL}")
"""


class FromAnotherAddress(HTTPAdapter):
    def init_poolmanager(self, *args, **options):
        super().init_poolmanager(*args, **options, source_address=(IP, 0))


def browser():
    session = requests.Session()
    session.mount("http://", FromAnotherAddress())
    session.headers["User-Agent"] = BROWSER
    return session


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    with running(tmp_path_factory.mktemp("stack") / "home") as started:
        yield started


def leave_traces(stack, jpeg):
    """Do everything that may leave a person's data behind. Return their HTTP session."""
    person = browser()
    stack.post(person, "/account/signup/", {"email": EMAIL, "password1": PASSWORD, **AGREED})
    stack.post(person, "/account/confirm-email/", {"code": code_from_mail(stack)})
    fields = {"capture": "dermatoscope", "note": NOTE, "name": SPOT}
    page = stack.post(person, "/screenings/new/", fields, {"photo": (FILE, jpeg)})
    eventually(lambda: stack.statuses() == ["done"])
    answer_and_get_report(stack, person, page.url)
    give_reading(stack)
    stack.manage("shell", "-c", IN_THE_ADMIN)
    for password in (f"not {PASSWORD}", PASSWORD):
        stack.post(browser(), "/account/login/", {"login": EMAIL, "password": password})
    stack.post(browser(), "/account/password/reset/", {"email": EMAIL})
    stack.post(person, "/account/reauthenticate/", {"password": PASSWORD})
    assert stack.post(person, "/data/export/", {}).content.startswith(b"PK")
    return person


def unpacked(session):
    """Return the content of a session, unpacked."""
    packed = session.removeprefix(".").split(":")[0]
    data = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    return zlib.decompress(data) if session.startswith(".") else data


def everything(stack):
    """Return every file, and the unpacked sessions of the database, by name."""
    files = [path for path in stack.home.rglob("*") if path.is_file()]
    sessions = stack.query("SELECT session_key, session_data FROM django_session")
    cached = stack.query("SELECT cache_key, value FROM cache")
    return (
        {str(path.relative_to(stack.home)): path.read_bytes() for path in files}
        | {f"session {key}": unpacked(data) for key, data in sessions}
        | {f"cache {key}": base64.b64decode(value) for key, value in cached}
    )


def places_of(words, stack):
    return {
        (word, place)
        for place, content in everything(stack).items()
        for word in words
        if word.encode() in content
    }


def test_nothing_remains_of_a_deleted_account(stack, jpeg):
    person = leave_traces(stack, jpeg)
    words = [EMAIL, NOTE, SPOT, IP, BROWSER, FINDING]
    assert {word for word, _ in places_of(words, stack)} == set(words)
    assert "has been deleted" in stack.post(person, "/account/delete/", {"password": PASSWORD}).text
    assert stack.photos() == []
    with suppress(AssertionError):
        eventually(lambda: not places_of([*words, FILE], stack), within=20)
    assert places_of([*words, FILE], stack) == set()
