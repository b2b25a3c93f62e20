"""No request costs the server more processor time than a limit.

The limit guards against denial of service. It is not a benchmark. A cost that grows faster than
linearly with the data that is sent or stored exceeds the limit many times over, on any machine.
Processor time is measured, since other work on the machine does not change it. Photos are decoded
in another process, which has its own limit.
"""

import re
import time
from http import HTTPStatus
from itertools import islice

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from diagnosis.management import seeding
from diagnosis.models import AuditEntry, Lesion, Screening
from skinscreen.settings import PASSWORD_HASHERS
from tests.factories import PASSWORD
from tests.skinscreen.test_urls import (  # noqa: F401 - fixtures
    PEOPLE,
    TABLE,
    address,
    claimed_case,
    people,
)

pytestmark = pytest.mark.faults

REFUSALS = {"in", "adm", "403", "404", "405"}
MOST_SECONDS = {"anonymous": 4, "owner": 6, "reviewer": 6, "superuser": 6}
# For each person, a page that nobody else can open. Two of the pages also need reauthentication.
OWN = {
    "anonymous": "account_login",
    "owner": "diagnosis:export",
    "reviewer": "admin:diagnosis_screening_changelist",
    "superuser": "admin:diagnosis_auditentry_changelist",
}
ROWS, ENTRIES = 2000, 20_000
# Combining marks in an order that normalisation changes, in quadratic time. Then common words,
# addresses and quotes, which are costly for checks of passwords and regular expressions.
MARKS = "a" + "\u0301\u0323" * 250
LONG = (MARKS, "password" * 48 + "a@b." * 96 + "'\"" * 128)
MOST_SENT = 900_000
# Names of fields that pages may accept, whether or not a form shows them.
SENT = ("login", "email", "password", "password1", "oldpassword", "code", "q", "note", "name")
FIELD_NAME = re.compile(r'<(?:input|select|textarea)[^>]*?\sname="([^"]+)"')
# All time, the widest filters, and the last page.
WIDEST = {"since": "0001-01-01", "until": "9999-12-31", "page": "999999"}
ALL_TIME = {"since": "", "until": "", "all": "", "o": "-1.2.3.4.5", "read": "no"}
SEARCHED = {"q": "a e i o u 1 2 3 @ .", "lesion__body_site": "chest", "place": "x" * 500}


@pytest.fixture
def many(people, claimed_case, settings):  # noqa: F811
    """Give the owner and the audit trail many rows. Hash passwords as the site does."""
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS
    for person in filter(None, people.values()):
        person.set_password(PASSWORD)
        person.save()
    settings.UPLOADS_PER_HOUR = 10**6
    seeding.seed(ROWS, people=50)
    Lesion.objects.update(owner=people["owner"])
    Screening.objects.update(owner=people["owner"])
    entry = AuditEntry.objects.values("action", "actor", "subject", "detail", "at").latest("pk")
    copies = (AuditEntry(**entry, number=10**6 + number) for number in range(ENTRIES))
    AuditEntry.objects.bulk_create(copies, batch_size=5000)
    return claimed_case


def signed_in(person):
    """Return the cookies of somebody who entered the password a moment ago."""
    client = Client()
    if person:
        client.force_login(person)
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client.cookies


def measure(cookies, method, *content):
    """Return a request's processor time, status and body, and roll its changes back."""
    client = Client()
    client.cookies.update(cookies)
    with transaction.atomic():
        begun = time.process_time()
        response = getattr(client, method)(*content)
        body = b"".join(response)
        spent = time.process_time() - begun
        transaction.set_rollback(True)
    return spent, response.status_code, body


def reads(cookies, url):
    yield url, {}
    for query in (WIDEST, ALL_TIME, SEARCHED):
        yield url, query


def writes(cookies, url):
    yield url, {}
    page = measure(cookies, "get", url)[2].decode(errors="ignore")
    names = {*FIELD_NAME.findall(page), *SENT}
    for text in LONG:
        yield url, dict.fromkeys(names, text)
    # As many bytes as a request may have.
    text = MARKS * (MOST_SENT // len(MARKS.encode()) // len(names))
    yield url, dict.fromkeys(names, text)


def requests(who, name, cookies, url):
    """Yield the requests to a URL. A method that is refused to this person is tried only once."""
    column = PEOPLE.index(who)
    for number, (method, variants) in enumerate((("get", reads), ("post", writes))):
        is_refused = TABLE[name][column + number * len(PEOPLE)] in REFUSALS
        for content in islice(variants(cookies, url), 1 if is_refused else None):
            yield method, *content


def measured_requests(who, people, many):  # noqa: F811
    """Yield each request of a person: its description, processor time and status."""
    cookies = signed_in(people[who])
    for name in TABLE:
        url = address(name, many, people["stranger"])
        for request in requests(who, name, cookies, url):
            spent, status, _ = measure(cookies, *request)
            yield (who, name, request[0], str(request[2])[:60]), spent, status


@pytest.mark.parametrize("who", MOST_SECONDS)
@pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime")
def test_no_request_takes_more_processor_time_than_the_limit(many, people, who):  # noqa: F811
    costly, answered = [], set()
    for what, spent, status in measured_requests(who, people, many):
        if status == HTTPStatus.OK:
            answered.add(what[1])
        if spent > MOST_SECONDS[who]:
            costly.append((*what, round(spent, 1)))
    assert costly == []
    # This proves that the requests were made as this person.
    assert OWN[who] in answered
