"""A lead sees whether the audit trail is intact, and can download it. Downloads are recorded."""

import csv
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis.audit import heads, trail, trail_export
from diagnosis.models import AuditCheck, AuditEntry

pytestmark = pytest.mark.django_db
PAGE = reverse("diagnosis:trail")


@pytest.fixture
def lead_client(client, lead):
    client.force_login(lead)
    return client


def rows(client, first=1):
    response = client.get(reverse("diagnosis:trail_csv", args=[first]))
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_a_lead_can_download_the_whole_trail_and_the_download_is_recorded(lead_client, lead):
    trail.record(AuditEntry.Action.RESULT, lead, by=lead, model="lite0-5")
    hashes = [entry.hash for entry in AuditEntry.objects.order_by("number")]
    saved = rows(lead_client)
    assert [row["hash"] for row in saved] == hashes
    assert saved[-1]["detail"] == '{"model": "lite0-5"}'
    newest = AuditEntry.objects.first()
    assert (newest.action, newest.actor) == ("export", lead.pk)
    assert newest.detail == {"what": "audit trail", "first": 1}


def test_the_trail_is_downloaded_in_parts_named_by_their_first_entry(lead_client, monkeypatch):
    while (last := heads.last()) is None or last.number % 2 == 0:
        trail.record(AuditEntry.Action.VIEW)
    monkeypatch.setattr(trail_export, "PART", 2)
    assert trail_export.parts()[-1] == (last.number, last.number)
    assert f"Entries {last.number} to {last.number}" in lead_client.get(PAGE).content.decode()
    assert [row["number"] for row in rows(lead_client, last.number)] == [str(last.number)]
    for first in (0, 2, 99, int("9" * 900)):
        assert lead_client.get(f"{PAGE}{first}/").status_code == 404


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (None, "The trail has not been checked yet"),
        ({"faults": 0, "unchecked": 0}, "9 entries. No fault was found"),
        ({"faults": 1, "unchecked": 0}, "found 1 fault: entries may be missing"),
        ({"faults": 0, "unchecked": 1}, "could not check 1 entry, because the key is missing"),
    ],
)
def test_the_page_shows_the_result_of_the_last_check(lead_client, result, words):
    trail.record(AuditEntry.Action.VIEW)
    if result:
        AuditCheck.objects.create(at=timezone.now(), entries=9, **result)
    page = " ".join(lead_client.get(PAGE).content.decode().split())
    assert words in page
    assert str(heads.last()) in page


@pytest.mark.parametrize("who", ["owner", "reviewer"])
def test_the_page_exists_for_leads_only(client, request, who):
    client.force_login(request.getfixturevalue(who))
    trail.record(AuditEntry.Action.VIEW)
    for url in (PAGE, f"{PAGE}1/"):
        assert client.get(url).status_code == 404
