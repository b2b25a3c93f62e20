"""Photos are moved to another spot, with their readings, measurements and reminders."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from diagnosis.lesions import moving, texts
from diagnosis.models import AuditEntry, Histology, Lesion, Profile, Reminder, Screening
from diagnosis.models.decisions import due
from diagnosis.outcomes import outcomes
from diagnosis.privacy import deletion
from diagnosis.reminders import reminders
from tests.factories import (
    make_histology,
    make_reminder,
    make_review,
    make_screening,
)


@pytest.fixture
def photos(make):
    """Two photos of a spot, of which the second belongs elsewhere, and a photo of another spot."""
    first = make("done", tier="watch")
    wrong = make("done", tier="watch", lesion=first.lesion)
    other = make("done", tier="watch")
    for hours, photo in enumerate((other, wrong, first)):
        at = timezone.now() - timedelta(hours=hours)
        Screening.objects.filter(pk=photo.pk).update(created_at=at)
    return [Screening.objects.get(pk=photo.pk) for photo in (first, wrong, other)]


def post(client, lesion, photos, target=None):
    answers = {"photos": [photo.pk for photo in photos], "to": target.pk if target else ""}
    return client.post(reverse("diagnosis:lesion_move", args=[lesion.pk]), answers)


def spot_of(screening):
    return Screening.objects.get(pk=screening.pk).lesion


def test_the_address_of_a_merged_spot_redirects_its_owner_to_the_remaining_spot(
    owner_client, stranger, photos
):
    first, wrong, other = photos
    address = first.lesion.get_absolute_url()
    post(owner_client, first.lesion, [first, wrong], other.lesion)
    assert owner_client.get(address)["Location"] == other.lesion.get_absolute_url()
    owner_client.force_login(stranger)
    assert owner_client.get(address).status_code == 404


def test_a_photo_is_moved_to_another_spot_and_audited(owner_client, owner, photos):
    first, wrong, other = photos
    response = post(owner_client, first.lesion, [wrong], other.lesion)
    assert response["Location"] == other.lesion.get_absolute_url()
    assert spot_of(wrong) == other.lesion
    entry = AuditEntry.objects.filter(action="lesion").latest("number")
    assert (entry.actor, entry.subject) == (owner.pk, f"screening:{wrong.pk}")
    assert entry.detail == {"moved_from": str(first.lesion_id), "moved_to": str(other.lesion_id)}


def test_a_spot_is_split(owner_client, photos):
    first, wrong, _ = photos
    post(owner_client, first.lesion, [wrong])
    assert spot_of(wrong) != spot_of(first)
    assert spot_of(wrong).profile == spot_of(first).profile


def test_two_spots_are_merged(owner_client, photos):
    first, wrong, other = photos
    post(owner_client, first.lesion, [first, wrong], other.lesion)
    assert list(Lesion.objects.all()) == [other.lesion]
    assert other.lesion.screenings.count() == 3


def test_a_merge_keeps_the_earlier_of_two_reminders_of_the_same_kind(owner_client, photos):
    first, wrong, other = photos
    make_reminder(first.lesion, 5)
    make_reminder(other.lesion, 9)
    visit = make_reminder(first.lesion, 3, screening=wrong)
    post(owner_client, first.lesion, [first, wrong], other.lesion)
    kept = {reminder.kind: reminder for reminder in Reminder.objects.filter(lesion=other.lesion)}
    assert kept["visit"] == visit
    assert kept["recheck"].due_at < timezone.now() + timedelta(days=6)
    assert Reminder.objects.count() == 2


def test_a_merge_keeps_the_day_of_an_urgent_photo_whose_next_question_it_drops(owner, make):
    urgent, newer = make("done", tier="urgent"), make("done", tier="soon")
    visit = make_reminder(urgent.lesion, screening=urgent)
    reminders.answer(visit, by=owner, choice="not_yet")
    make_reminder(newer.lesion, 3, screening=newer)
    moving.move_photos([urgent], newer.lesion, by=owner)
    newest, older = Screening.objects.with_outcome()
    assert outcomes.sooner_visit(newest, [older]) == due.day(older, older.decision)
    assert Reminder.objects.open().get().screening == newer
    newer.delete()
    reminders.plan_visits()
    assert Reminder.objects.open().get().screening == urgent


def test_the_reminder_about_a_photo_moves_only_with_that_photo(owner_client, photos):
    first, wrong, other = photos
    make_reminder(first.lesion, 5)
    make_reminder(first.lesion, 3, screening=wrong)
    post(owner_client, first.lesion, [wrong], other.lesion)
    assert [reminder.kind for reminder in first.lesion.reminders.all()] == ["recheck"]
    assert [reminder.kind for reminder in other.lesion.reminders.all()] == ["visit"]


def test_moving_all_photos_to_a_new_spot_is_refused(owner_client, photos):
    first, wrong, _ = photos
    assert str(texts.ALL_OF_THEM) in post(owner_client, first.lesion, [first, wrong]).text
    assert Lesion.objects.count() == 2


@pytest.mark.parametrize("is_read", [True, False])
def test_only_clinicians_move_photos_once_there_is_a_reading_or_a_biopsy(
    owner_client, client, reviewer, photos, is_read
):
    first, wrong, other = photos
    make_review(wrong, reviewer) if is_read else make_histology(other.lesion)
    assert (
        "only a clinician can move" in post(owner_client, first.lesion, [wrong], other.lesion).text
    )
    assert spot_of(wrong) == first.lesion
    client.force_login(reviewer)
    post(client, first.lesion, [wrong], other.lesion)
    assert spot_of(wrong) == other.lesion


def test_the_way_back_leads_to_a_page_that_its_reader_may_open(
    owner_client, client, reviewer, photos
):
    client.force_login(reviewer)
    for person in (owner_client, client):
        page = person.get(reverse("diagnosis:lesion_move", args=[photos[0].lesion_id]))
        assert person.get(page.context["back"]).status_code == 200


@pytest.mark.parametrize("is_read", [True, False])
def test_the_page_says_at_once_that_only_clinicians_may_move_some_photos(
    owner_client, client, reviewer, photos, is_read
):
    spot, limit = photos[0].lesion, str(texts.SOME_BY_CLINICIANS_ONLY)
    page = reverse("diagnosis:lesion_move", args=[spot.pk])
    assert limit not in owner_client.get(page).text
    make_review(photos[1], reviewer) if is_read else make_histology(spot)
    assert limit in owner_client.get(page).text
    client.force_login(reviewer)
    assert limit not in client.get(page).text


def test_a_merge_moves_the_biopsy_result(client, reviewer, photos):
    first, wrong, other = photos
    make_histology(first.lesion)
    client.force_login(reviewer)
    post(client, first.lesion, [first, wrong], other.lesion)
    assert Histology.objects.get().lesion == other.lesion


def test_two_spots_with_a_biopsy_result_each_cannot_be_merged(client, reviewer, photos):
    first, wrong, other = photos
    make_histology(first.lesion)
    make_histology(other.lesion)
    client.force_login(reviewer)
    assert str(texts.TWO_BIOPSIES) in post(client, first.lesion, [first, wrong], other.lesion).text
    assert spot_of(wrong) == first.lesion


def test_photos_cannot_be_moved_to_a_spot_of_another_account(
    client, reviewer, stranger, jpeg, photos
):
    first, wrong, _ = photos
    strangers_lesion = make_screening(stranger, jpeg, "done", tier="watch").lesion
    client.force_login(reviewer)
    assert post(client, first.lesion, [wrong], strangers_lesion).status_code == 200
    assert spot_of(wrong) == first.lesion


def test_photos_cannot_be_moved_to_a_spot_of_another_profile(owner_client, owner, photos):
    first, wrong, other = photos
    Lesion.objects.filter(pk=other.lesion_id).update(
        profile=Profile.objects.create(owner=owner, name="Kim")
    )
    post(owner_client, first.lesion, [wrong], other.lesion)
    assert spot_of(wrong) == first.lesion


def test_a_stranger_gets_not_found(client, stranger, photos):
    client.force_login(stranger)
    assert post(client, photos[0].lesion, photos[:1], photos[2].lesion).status_code == 404


def test_a_moved_photo_and_its_new_neighbour_are_registered_again(photos, owner):
    _, wrong, other = photos
    for photo in photos:
        photo.measurements.create(version="test-1", map_version="test-1")
    moving.move_photos([wrong], other.lesion, by=owner)
    due = Screening.objects.filter(measure_at__isnull=False)
    assert {photo.pk for photo in due} == {wrong.pk, other.pk}


def test_photos_that_were_moved_meanwhile_cannot_be_moved(owner, photos):
    first, wrong, other = photos
    Screening.objects.filter(pk=wrong.pk).update(lesion=other.lesion)
    new = Lesion(owner=owner, profile=first.lesion.profile)
    with pytest.raises(moving.MovedMeanwhileError):
        moving.move_photos([wrong], new, by=owner)
    assert Lesion.objects.count() == 2


def test_photos_cannot_be_moved_to_a_spot_that_was_deleted_meanwhile(owner_client, owner, photos):
    first, wrong, other = photos
    deleted = Lesion.objects.get(pk=other.lesion_id)
    other.lesion.delete()
    with pytest.raises(moving.MovedMeanwhileError):
        moving.move_photos([wrong], deleted, by=owner)
    assert spot_of(wrong) == first.lesion


def test_a_split_off_spot_has_the_place_of_the_original_spot(owner_client, photos):
    first, wrong, _ = photos
    Lesion.objects.filter(pk=first.lesion_id).update(body_site="nose")
    post(owner_client, first.lesion, [wrong])
    assert spot_of(wrong).body_site == "nose"


def test_the_spot_that_remains_after_a_merge_takes_over_name_and_place(owner_client, photos):
    first, wrong, other = photos
    description = {"name": "by the rim", "body_site": "ear", "side": "left"}
    Lesion.objects.filter(pk=first.lesion_id).update(**description)
    post(owner_client, first.lesion, [first, wrong], other.lesion)
    kept = Lesion.objects.get()
    assert (kept.name, kept.body_site, kept.side) == tuple(description.values())


def test_a_list_with_a_spot_without_photos_is_shown(owner_client, owner, photos):
    Lesion.objects.create(owner=owner, profile=photos[0].lesion.profile)
    for page in ("lesions", "home"):
        assert owner_client.get(reverse(f"diagnosis:{page}")).status_code == 200


@pytest.mark.parametrize("is_read", [True, False])
def test_a_reading_or_a_biopsy_entered_during_the_move_prevents_it(
    owner_client, reviewer, photos, monkeypatch, is_read
):
    first, wrong, other = photos
    move = moving.move_photos

    def read_and_move(*args, **options):
        make_review(wrong, reviewer) if is_read else make_histology(other.lesion)
        move(*args, **options)

    monkeypatch.setattr(moving, "move_photos", read_and_move)
    answer = post(owner_client, first.lesion, [wrong], other.lesion)
    assert str(texts.CLINICIANS_ALONE) in answer.text
    assert spot_of(wrong) == first.lesion


def test_a_photo_that_was_moved_meanwhile_can_be_deleted(owner, photos):
    first, wrong, other = photos
    moving.move_photos([first, wrong], other.lesion, by=owner)
    deletion.delete_screening(as_loaded_before_the_move(wrong), by=owner)
    assert not Screening.objects.filter(pk=wrong.pk).exists()
    assert other.lesion.screenings.count() == 2


def as_loaded_before_the_move(screening):
    """Give a photo the id of a missing spot, as if the photo was loaded before the merge."""
    screening.lesion_id = uuid4()
    return screening
