"""Looks at somebody else's photo, thumbnail or result are recorded."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis.audit import access_log
from diagnosis.models import AuditEntry
from tests.factories import make_measurement, make_screening

LIST = "admin:diagnosis_screening_changelist"


def recorded_views(by):
    return [
        *AuditEntry.objects.filter(action="view", actor=by.pk).values_list("subject", flat=True)
    ]


@pytest.fixture
def screening(make):
    screening = make("done", tier="elevated", readings_due=1)
    make_measurement(screening, overlay=b"saliency map")
    return screening


@pytest.mark.parametrize(
    "name",
    [
        LIST,
        "admin:diagnosis_screening_change",
        "admin:diagnosis_screening_history",
        "diagnosis:photo",
        "diagnosis:picture",
        "diagnosis:thumbnail",
        "diagnosis:case",
    ],
)
def test_a_reviewers_two_looks_in_a_minute_are_recorded_once(client, reviewer, screening, name):
    client.force_login(reviewer)
    for _ in range(2):
        assert client.get(reverse(name, args=[screening.pk] * (name != LIST))).status_code == 200
    assert recorded_views(reviewer) == [f"screening:{screening.pk}"]


def test_a_look_at_the_page_of_a_biopsy_result_is_recorded_for_each_photo(client, reviewer, make):
    photo = make("done")
    other = make("done", lesion=photo.lesion)
    client.force_login(reviewer)
    assert client.get(reverse("diagnosis:histology", args=[photo.lesion_id])).status_code == 200
    seen = [f"screening:{photo.pk}", f"screening:{other.pk}"]
    assert sorted(recorded_views(reviewer)) == sorted([f"lesion:{photo.lesion_id}", *seen])


def test_a_look_at_the_admins_deletion_page_is_recorded(client, superuser, screening):
    client.force_login(superuser)
    chosen = {"action": "delete_selected", "_selected_action": [str(screening.pk)]}
    assert client.post(reverse(LIST), chosen).status_code == 200
    assert recorded_views(superuser) == [f"screening:{screening.pk}"]


def test_a_reviewers_look_at_a_saliency_map_is_recorded(client, reviewer, screening, settings):
    settings.IS_BLIND_FIRST = False
    client.force_login(reviewer)
    assert client.get(reverse("diagnosis:looked", args=[screening.pk])).status_code == 200
    assert recorded_views(reviewer) == [f"screening:{screening.pk}"]


def test_a_persons_look_at_their_own_photo_is_not_recorded(owner_client, owner, screening):
    for page in ("photo", "thumbnail", "detail"):
        owner_client.get(reverse(f"diagnosis:{page}", args=[screening.pk]))
    assert recorded_views(owner) == []


def test_a_strangers_failed_request_is_not_recorded(client, stranger, screening):
    client.force_login(stranger)
    assert client.get(reverse("diagnosis:thumbnail", args=[screening.pk])).status_code == 404
    assert recorded_views(stranger) == []


def test_a_reviewers_look_at_their_own_photo_is_not_recorded(client, reviewer, jpeg):
    own = make_screening(reviewer, jpeg)
    client.force_login(reviewer)
    client.get(reverse("admin:diagnosis_screening_change", args=[own.pk]))
    assert recorded_views(reviewer) == []


def test_a_later_look_is_recorded_again(reviewer, screening, monkeypatch):
    access_log.record(screening, by=reviewer)
    later = timezone.now() + 2 * access_log.SAME_VIEW
    monkeypatch.setattr(access_log.timezone, "now", lambda: later)
    access_log.record(screening, by=reviewer)
    assert len(recorded_views(reviewer)) == 2
    assert timedelta(minutes=1) >= access_log.SAME_VIEW
