"""The settings for reminders, and the link that unsubscribes from them."""

import time
from datetime import timedelta

import pytest
from django.core.signing import TimestampSigner
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.mail import unsubscribe_link

SETTINGS = reverse("accounts:reminders")


@pytest.fixture
def link(owner):
    return unsubscribe_link.path_for(owner)


def is_reminded(owner):
    owner.refresh_from_db()
    return owner.is_reminded


def test_reminders_are_turned_off_and_on(owner_client, owner):
    owner_client.post(SETTINGS, {})
    assert not is_reminded(owner)
    owner_client.post(SETTINGS, {"is_reminded": "on"})
    assert is_reminded(owner)


@pytest.mark.parametrize("zone", ["", "Europe/Vienna", "America/Argentina/Ushuaia"])
def test_a_time_zone_is_stored(owner_client, owner, zone):
    owner_client.post(SETTINGS, {"time_zone": zone})
    owner.refresh_from_db()
    assert owner.time_zone == zone
    assert owner.zone.key == (zone or "UTC")


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../etc/passwd", "x" * 65])
def test_an_unknown_time_zone_is_refused(owner_client, owner, zone):
    assert owner_client.post(SETTINGS, {"time_zone": zone}).context["form"].errors
    owner.refresh_from_db()
    assert owner.time_zone == ""


def test_times_are_shown_in_the_persons_time_zone(owner_client, owner, screening):
    owner.time_zone = "Pacific/Kiritimati"
    owner.save()
    page = owner_client.get(screening.get_absolute_url()).content.decode()
    there = screening.created_at.astimezone(owner.zone)
    assert f"at {there:%H:%M}" in page
    assert timezone.get_current_timezone_name() == "UTC"


def test_opening_the_link_changes_nothing_and_shows_a_button(client, owner, link):
    assert "<button" in client.get(link).content.decode()
    assert is_reminded(owner)


def test_the_link_unsubscribes_without_a_session_or_cookie(owner, link):
    response = Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})
    assert (response.status_code, is_reminded(owner)) == (200, False)


def test_the_link_of_a_deleted_account_reveals_nothing(client, owner, link):
    before = client.post(link).content
    owner.delete()
    assert client.post(link).content == before


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: f"1{t}", lambda t: "5"])
def test_an_altered_link_does_not_unsubscribe(client, owner, link, change):
    *start, token, _ = link.split("/")
    assert client.post("/".join([*start, change(token), ""])).status_code == 404
    assert is_reminded(owner)


@pytest.mark.parametrize(("days", "status"), [(179, 200), (181, 404)])
def test_the_link_expires_after_180_days(client, link, monkeypatch, days, status):
    later = time.time() + timedelta(days=days).total_seconds()
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert client.post(link).status_code == status


def test_a_signature_for_another_purpose_does_not_unsubscribe(client, owner):
    token = TimestampSigner(salt="something else").sign(str(owner.pk))
    assert client.post(reverse("accounts:unsubscribe", args=[token])).status_code == 404
    assert is_reminded(owner)
