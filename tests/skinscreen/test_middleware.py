import logging

import pytest
from django.test import RequestFactory
from django.urls import reverse

from accounts.mail import unsubscribe_link
from skinscreen.middleware import REQUESTS, LogMiddleware


@pytest.fixture
def logged(caplog):
    """Return the log entries of requests: structlog passes their fields as a dictionary."""
    caplog.set_level(logging.INFO, "django_structlog")
    return lambda: [record.msg for record in caplog.records if isinstance(record.msg, dict)]


def test_a_request_is_one_line_with_its_route_and_ids(owner_client, screening, owner, logged):
    url = reverse("diagnosis:detail", args=[screening.pk])
    owner_client.get(f"{url}?note=itches")
    (line,) = logged()
    assert line["request"] == "GET /screenings/<uuid:pk>/"
    assert (line["code"], line["user_id"], line["pk"]) == (200, owner.pk, str(screening.pk))
    assert line["request_id"]


def test_a_signed_link_is_not_in_the_log(client, owner, logged):
    link = unsubscribe_link.path_for(owner)
    client.get(link)
    assert link.split("/")[-2] not in str(logged())


def test_a_fault_is_logged_with_its_request(owner_client, monkeypatch, logged):
    monkeypatch.setattr("diagnosis.screenings.views.HistoryFilter", None)
    owner_client.raise_request_exception = False
    assert owner_client.get(reverse("diagnosis:history")).status_code == 500
    (line,) = logged()
    assert (line["event"], line["request"]) == ("request_failed", "GET /screenings/")


def test_frequent_requests_of_programs_are_not_logged(client, logged):
    assert client.get(reverse("diagnosis:healthz")).status_code == 200
    assert logged() == []


def test_an_unknown_address_is_not_logged():
    request = RequestFactory().get("/ann@example.org/")
    assert LogMiddleware.format_request(request) == "GET ?"


def test_no_other_site_may_embed_a_page_or_a_file(client, db):
    for path in (reverse("diagnosis:home"), "/static/css/base.css", "/nowhere/"):
        assert client.get(path)["Cross-Origin-Resource-Policy"] == "same-origin"


def measured():
    samples = [sample for family in REQUESTS.collect() for sample in family.samples]
    counts = [sample for sample in samples if sample.name.endswith("_count")]
    return {(sample.labels["page"], sample.labels["status"]): sample.value for sample in counts}


@pytest.mark.django_db
def test_a_request_is_measured_by_its_page_and_never_by_its_address(client):
    pages = {("diagnosis:home", "2xx"): "/", ("", "4xx"): "/nowhere/of/any/kind/"}
    before = measured()
    for path in pages.values():
        client.get(path)
    after = measured()
    assert [after[page] - before.get(page, 0) for page in pages] == [1, 1]
    assert "nowhere" not in str(after)
