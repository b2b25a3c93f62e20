import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Profile, Screening
from diagnosis.privacy import consent
from tests.factories import make_screening

DATA = reverse("diagnosis:data")
VIEW = AuditEntry.Action.VIEW


def looks(user):
    return AuditEntry.objects.looks_at(Screening.objects.owned_by(user))


def page(client):
    return client.get(DATA).content.decode()


def test_the_answers_about_each_person_can_be_seen_and_corrected(owner_client, owner, stranger):
    for user, name in ((owner, ""), (owner, "my father"), (stranger, "my uncle")):
        Profile.objects.create(owner=user, name=name)
    html = page(owner_client)
    links = [
        reverse("diagnosis:person", args=[profile.pk])
        for profile in Profile.objects.filter(owner=owner)
    ]
    assert [link for link in links if f'href="{link}"' not in html] == []
    assert "my father" in html
    assert "my uncle" not in html


def test_a_person_sees_who_looked_at_which_photo(owner_client, screening, reviewer, superuser):
    assert "Nobody else has seen any of your photos" in page(owner_client)
    for user in (reviewer, superuser):
        trail.record(VIEW, screening, by=user)
    html = page(owner_client)
    assert reverse("diagnosis:detail", args=[screening.pk]) in html
    assert "A clinician" in html
    assert "Somebody who runs this site" in html
    assert reviewer.email not in html


def test_a_case_and_its_photo_count_as_one_look(owner, screening, reviewer):
    for _ in range(2):
        trail.record(VIEW, screening, by=reviewer)
    moment = AuditEntry.objects.first().at
    AuditEntry.objects.filter(action=VIEW).update(at=moment)
    (look,) = looks(owner)
    assert look["screening"] == str(screening.pk)
    assert look["minute"] == moment.replace(second=0, microsecond=0)


def test_looks_at_photos_of_others_are_not_listed(owner, stranger, jpeg, reviewer):
    trail.record(VIEW, make_screening(stranger, jpeg), by=reviewer)
    assert list(looks(owner)) == []
    assert len(looks(stranger)) == 1


def test_looks_at_many_photos_take_no_more_queries(
    owner_client, make, reviewer, django_assert_max_num_queries
):
    trail.record(VIEW, make(), by=reviewer)
    with django_assert_max_num_queries(10) as few:
        owner_client.get(DATA)
    for _ in range(9):
        trail.record(VIEW, make(), by=reviewer)
    with django_assert_max_num_queries(len(few)):
        assert len(owner_client.get(DATA).context["page"]) == 10


def test_training_use_is_off_until_switched_on_and_can_be_withdrawn(owner_client, owner):
    assert owner.allows_training_since is None
    for answer, is_allowed in (({"allow": ""}, True), ({}, False)):
        owner_client.post(reverse("diagnosis:consent"), answer)
        owner.refresh_from_db()
        assert (owner.allows_training_since is not None) == is_allowed
        assert ("You have allowed this since" in page(owner_client)) == is_allowed


@pytest.mark.parametrize("version", ["", "an earlier one"])
def test_without_consent_to_storage_training_can_only_be_withdrawn(owner_client, owner, version):
    at = timezone.now()
    User.objects.update(consent_version=version, consented_at=at if version else None)
    address = reverse("diagnosis:consent")
    assert owner_client.post(address, {"allow": ""}).url == reverse("accounts:consent")
    owner.refresh_from_db()
    assert owner.allows_training_since is None
    User.objects.update(allows_training_since=at)
    assert owner_client.post(address).url == DATA
    owner.refresh_from_db()
    assert owner.allows_training_since is None


@pytest.mark.parametrize("is_allowed", [True, False])
def test_a_repeated_choice_is_audited_once(owner, is_allowed):
    for choice in (True, is_allowed, is_allowed):
        consent.allow_training(by=owner, is_allowed=choice)
    details = AuditEntry.objects.order_by("number").values_list("action", "detail")
    changes = [True] if is_allowed else [True, False]
    assert list(details) == [("consent", {"is_allowed": change}) for change in changes]
