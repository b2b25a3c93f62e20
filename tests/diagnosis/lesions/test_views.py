"""The pages of a lesion for its owner. tests/skinscreen/test_urls.py tests access for others."""

import re
from types import SimpleNamespace

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from diagnosis.lesions import forms, services
from diagnosis.measurement import description
from diagnosis.models import Lesion, Profile, Reminder, Screening
from diagnosis.outcomes import texts
from diagnosis.reminders import reminders
from skinscreen.backends.lock_waiting import WaitedTooLongError
from tests.factories import make_registration, make_screening

LIST = reverse("diagnosis:lesions")


def page_of(lesion, name="lesion"):
    return reverse(f"diagnosis:{name}", args=[lesion.pk])


@pytest.fixture
def lesion(make):
    first = make("done", tier="watch")
    make("done", tier="urgent", lesion=first.lesion)
    Lesion.objects.update(name="near the elbow", body_site="arm", side="left")
    return Lesion.objects.get()


def test_a_lesion_shows_its_photos_newest_first_and_their_timeline(owner_client, lesion):
    response = owner_client.get(page_of(lesion))
    assert response.context["screenings"] == list(lesion.screenings.order_by("-created_at"))
    page = response.content.decode()
    assert "<h1>near the elbow</h1>" in page
    assert "Left arm or shoulder" in page
    assert "<polyline" not in page


def test_the_newest_two_photos_are_large_and_aligned(owner_client, lesion, make):
    after, before = lesion.screenings.all()
    make("refused", lesion=lesion)
    page = owner_client.get(page_of(lesion)).content.decode()
    assert page.count('<image href="') == 2
    assert "transform=" not in page
    make_registration(after, before, 1.0, 0.9, 1.1, transform=[0.5, 0, 0, 0.5, 1.25, -3])
    page = owner_client.get(page_of(lesion)).content.decode()
    assert 'transform="matrix(0.5 0 0 0.5 1.25 -3 )"' in page
    assert page.index(f"{before.pk}/picture") < page.index(f"{after.pk}/picture")


def test_changes_and_the_warning_of_missed_changes_are_above_the_photos(
    owner_client, lesion, monkeypatch
):
    sentences = SimpleNamespace(changes=("What changed.", "No size.", "A change can be missed."))
    monkeypatch.setattr(description, "describe", lambda _: sentences)
    page = owner_client.get(page_of(lesion)).content.decode()
    places = [page.index(f">{words}<") for words in sentences.changes]
    assert places[0] < places[1] < places[2] < page.index('<image href="')


def test_photos_of_different_sizes_fill_their_panes_until_they_are_aligned(owner_client, lesion):
    after, before = lesion.screenings.all()
    Screening.objects.filter(pk=before.pk).update(width=512, height=384)
    Screening.objects.filter(pk=after.pk).update(width=1600, height=1200)
    page = owner_client.get(page_of(lesion)).content.decode()
    assert re.findall('viewBox="(.*?)"', page) == ["0 0 512 384", "0 0 1600 1200"]
    make_registration(after, before, 1.0, 0.9, 1.1, transform=[3, 0, 0, 3, 0, 0])
    page = owner_client.get(page_of(lesion)).content.decode()
    assert re.findall('viewBox="(.*?)"', page) == ["0 0 1600 1200"] * 2


def test_a_spots_page_says_above_the_photos_that_an_earlier_photo_calls_for_a_doctor(
    owner_client, make, lesion
):
    sentence = "Because of an earlier photo, a doctor should see this spot."
    assert sentence not in owner_client.get(page_of(lesion)).text
    make("done", tier="watch", lesion=lesion)
    page = owner_client.get(page_of(lesion)).text
    assert page.index(sentence) < page.index('<image href="')
    reminders.answer(lesion.reminders.get(), by=lesion.owner, choice="seen")
    assert sentence not in owner_client.get(page_of(lesion)).text


def test_a_single_photo_is_not_compared(owner_client, make):
    page = owner_client.get(page_of(make("done", tier="watch").lesion)).content.decode()
    assert "zoomable" not in page


def test_the_page_shows_the_date_of_the_visit_question_before_beat_has_run(owner_client, lesion):
    for _ in range(2):
        page = owner_client.get(page_of(lesion)).content.decode()
        reminder = lesion.reminders.get()
        day = date_format(timezone.localtime(reminder.due_at), "j F Y")
        assert f"On {day} we will ask whether a doctor has seen this spot." in page
        assert reverse("diagnosis:visit", args=[reminder.pk]) in page


def test_no_visit_is_planned_for_a_spot_with_the_urgency_watch(owner_client, make):
    spot = make("done", tier="watch").lesion
    owner_client.get(page_of(spot))
    assert not spot.reminders.exists()


@pytest.mark.parametrize("error", [WaitedTooLongError, IntegrityError])
def test_a_spot_is_shown_even_if_no_reminder_can_be_stored(
    owner_client, lesion, monkeypatch, error
):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(Reminder.objects, "bulk_create", fail)
    assert owner_client.get(page_of(lesion)).status_code == 200


def test_the_page_of_a_spot_links_to_the_form_for_a_new_photo(owner_client, lesion, upload):
    page = owner_client.get(page_of(lesion)).content.decode()
    link = f"{reverse('diagnosis:upload')}?lesion={lesion.pk}&amp;capture=dermatoscope"
    assert link in page
    form = owner_client.get(link.replace("&amp;", "&")).context["form"]
    assert (form["lesion"].value(), form["capture"].value()) == (str(lesion.pk), "dermatoscope")
    answers = {"photo": upload, "lesion": lesion.pk, "capture": "camera"}
    owner_client.post(reverse("diagnosis:upload"), answers)
    assert lesion.screenings.count() == 3


def test_a_refused_photo_can_be_retaken_for_the_same_spot(owner_client, make):
    refused = make("refused")
    page = owner_client.get(refused.get_absolute_url()).content.decode()
    assert f"?lesion={refused.lesion_id}&amp;capture=dermatoscope" in page


def test_lesions_are_listed_with_their_newest_photo(owner_client, lesion, stranger, jpeg):
    make_screening(stranger, jpeg)
    response = owner_client.get(LIST)
    assert list(response.context["page"]) == [lesion]
    page = response.content.decode()
    assert "2 photos" in page
    assert str(texts.IN_A_LIST["urgent"]) in page
    assert "Left arm or shoulder: 1 spot" in page


def test_a_region_lists_only_its_lesions_and_offers_a_new_one(owner_client, lesion, make):
    make()
    response = owner_client.get(LIST, {"body_site": "arm", "side": "left"})
    assert list(response.context["page"]) == [lesion]
    link = f"{reverse('diagnosis:upload')}?body_site=arm&amp;side=left"
    assert f'href="{link}"' in response.content.decode()


def test_a_region_on_the_midline_lists_the_lesions_of_both_sides(owner_client, make):
    for side in ("left", "right"):
        make()
        Lesion.objects.filter(body_site="").update(body_site="back", side=side)
    assert len(owner_client.get(LIST, {"body_site": "back", "side": ""}).context["page"]) == 2


def test_a_spot_that_is_not_on_the_map_is_mentioned(owner_client, make):
    make()
    assert "1 spot cannot be shown on the body map" in owner_client.get(LIST).content.decode()


def test_the_list_takes_no_more_queries_for_more_lesions(
    owner_client, make, django_assert_max_num_queries
):
    for _ in range(3):
        make("done", tier="watch")
    with django_assert_max_num_queries(12) as few:
        owner_client.get(LIST)
    for _ in range(9):
        make("done", tier="watch")
    with django_assert_max_num_queries(len(few)):
        owner_client.get(LIST)


def test_a_lesion_gets_a_new_name_and_place(owner_client, lesion):
    owner_client.post(page_of(lesion, "lesion_edit"), {"name": "wrist", "body_site": "hand"})
    lesion.refresh_from_db()
    assert (lesion.name, lesion.place) == ("wrist", "Hand, finger or nail")


def test_deleting_a_lesion_deletes_its_photos(
    owner_client, lesion, home, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        owner_client.post(page_of(lesion, "lesion_delete"))
    assert not Screening.objects.exists()
    assert not [path for path in (home / "photos").rglob("*") if path.is_file()]


def test_the_page_that_deletes_a_spot_shows_its_photo(owner_client, lesion):
    page = owner_client.get(page_of(lesion, "lesion_delete")).content.decode()
    assert f"{lesion.screenings.first().pk}/thumbnail" in page


def test_no_reminder_of_a_new_photo_is_offered_while_an_earlier_photo_asks_for_a_visit(
    owner_client, make
):
    first = make("done", tier="urgent")
    make("done", tier="watch", lesion=first.lesion)
    assert owner_client.get(page_of(first.lesion)).context["form"] is None


@pytest.mark.parametrize(("name", "is_said"), [("my father", True), ("", False)])
def test_the_confirmations_say_that_a_persons_answers_are_deleted_with_their_last_spot(
    owner, owner_client, make, name, is_said
):
    profile = Profile.objects.create(owner=owner, name=name)
    photo = make("done", lesion=Lesion(owner=owner, profile=profile))
    words = "your answers about this person will be deleted, too"
    pages = page_of(photo.lesion, "lesion_delete"), page_of(photo, "delete")
    assert [words in owner_client.get(page).text for page in pages] == [is_said] * 2
    Lesion.objects.create(owner=owner, profile=profile)
    assert not any(words in owner_client.get(page).text for page in pages)


def test_a_photo_is_not_compared_with_itself(owner_client, lesion, make):
    single = make().lesion
    assert owner_client.get(page_of(single, "compare")).context["pair"] == []
    chosen = dict.fromkeys(("before", "after"), lesion.screenings.first().pk)
    assert owner_client.get(page_of(lesion, "compare"), chosen).context["pair"] == []


def test_the_first_and_the_newest_photo_are_compared_by_default(owner_client, lesion):
    newest, first = lesion.screenings.all()
    assert owner_client.get(page_of(lesion, "compare")).context["pair"] == [first, newest]


def test_the_page_says_that_no_measured_change_is_shown(owner_client, lesion):
    assert "No measured change is shown" in owner_client.get(page_of(lesion)).content.decode()


def test_the_spot_to_move_to_is_chosen_by_its_picture(owner_client, lesion, make):
    other = make()
    page = owner_client.get(page_of(lesion, "lesion_move")).content.decode()
    assert f'type="radio" name="to" value="{other.lesion_id}"' in page
    assert f"{other.pk}/thumbnail" in page


def test_any_two_photos_can_be_compared(owner_client, lesion):
    newest, first = lesion.screenings.all()
    chosen = {"before": newest.pk, "after": first.pk}
    response = owner_client.get(page_of(lesion, "compare"), chosen)
    assert response.context["pair"] == [newest, first]


def test_a_photo_of_another_lesion_is_not_compared(owner_client, lesion, make):
    other = make()
    response = owner_client.get(page_of(lesion, "compare"), {"before": other.pk})
    assert response.context["pair"] == []
    assert str(other.pk) not in response.content.decode()


def test_answers_are_stored_and_shown_with_the_result(owner_client, make):
    screening = make("done", tier="watch")
    address = reverse("diagnosis:questions", args=[screening.pk])
    response = owner_client.post(address, {"bleeds": "yes"}, follow=True)
    page = response.content.decode()
    assert "You told us that it bleeds without an injury: show this spot to a doctor" in page


def test_spots_of_a_person_are_numbered(make, stranger, jpeg):
    numbers = [make("done").lesion.number for _ in range(2)]
    assert [*numbers, make_screening(stranger, jpeg).lesion.number] == [1, 2, 1]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"number": 3}, "Spot 3"),
        ({"number": 3, "body_site": "arm", "side": "left"}, "Spot 3, left arm or shoulder"),
        ({"number": 3, "name": "the big one"}, "the big one"),
        ({"body_site": "back"}, "Back"),
        ({"body_site": "ear", "side": "left"}, "Left ear"),
        ({"body_site": "nose", "side": "right"}, "Nose, right side"),
        ({"number": 3, "body_site": "back", "side": "left"}, "Spot 3, back, left side"),
        ({"name": "the big one", "body_site": "back"}, "the big one"),
    ],
)
def test_a_lesion_is_called_by_its_name_or_its_number_and_place(fields, words):
    assert str(Lesion(**fields)) == words


def test_a_spot_deleted_while_its_form_is_sent_is_not_found_and_stays_deleted(
    owner_client, screening, monkeypatch
):
    spot = Lesion.objects.get(pk=screening.lesion_id)
    monkeypatch.setattr(forms, "ask_where", lambda _: Lesion.objects.all().delete())
    address = reverse("diagnosis:lesion_edit", args=[spot.pk])
    assert owner_client.post(address, {"name": "rim"}).status_code == 404
    assert not Lesion.objects.exists()


@pytest.mark.parametrize(
    "act",
    [
        lambda spot: services.withdraw_lesion(spot, by=spot.owner),
        lambda spot: services.describe_lesion(spot, by=spot.owner, changed=["name"]),
        lambda spot: reminders.choose_recheck(spot, months=3),
    ],
)
def test_no_action_works_on_a_spot_that_was_deleted_meanwhile(screening, act):
    spot = Lesion.objects.get(pk=screening.lesion_id)
    screening.lesion.delete()
    with pytest.raises(Lesion.DoesNotExist):
        act(spot)
    assert not Lesion.objects.exists()
