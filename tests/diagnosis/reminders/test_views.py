"""A person's reminders on pages. tests/skinscreen/test_urls.py tests access by other people."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import SkinType
from diagnosis.models import Lesion, Reminder
from diagnosis.outcomes.texts import VISITED
from diagnosis.reminders import reminders, texts, views
from tests.factories import make_reminder

HOME, HISTORY = reverse("diagnosis:home"), reverse("diagnosis:history")
VISITS = reverse("diagnosis:visits")


@pytest.fixture
def visit(make):
    screening = make("done", tier="urgent")
    Lesion.objects.update(name="near the elbow")
    return make_reminder(screening.lesion, screening=screening)


def page_of(reminder, name="visit"):
    return reverse(f"diagnosis:{name}", args=[reminder.pk])


@pytest.mark.parametrize("address", [HOME, HISTORY, "lesion"])
def test_due_reminders_are_shown_on_the_persons_pages(owner_client, visit, address):
    address = visit.lesion.get_absolute_url() if address == "lesion" else address
    page = owner_client.get(address).content.decode()
    assert "Have you seen a doctor about this spot: near the elbow?" in page
    assert page_of(visit) in page


@pytest.mark.parametrize("address", [HOME, HISTORY])
def test_reminders_of_other_people_or_of_a_later_time_are_not_shown(
    client, owner, stranger, visit, address
):
    client.force_login(stranger)
    assert "Waiting for you" not in client.get(address).content.decode()
    Reminder.objects.update(due_at=timezone.now() + timedelta(hours=1))
    client.force_login(owner)
    assert "Waiting for you" not in client.get(address).content.decode()


def test_a_question_does_not_reveal_a_withheld_result(owner_client, owner, visit):
    owner.skin_type = SkinType.V
    owner.save()
    assert "Waiting for you" not in owner_client.get(HISTORY).content.decode()
    for name in ("visit", "calendar"):
        assert owner_client.get(page_of(visit, name)).status_code == 404
    Reminder.objects.update(due_at=timezone.now() + timedelta(days=1))
    assert "We ask" not in owner_client.get(visit.lesion.get_absolute_url()).content.decode()


@pytest.mark.parametrize("answer", Reminder.Answer.values)
def test_an_answer_is_stored_and_the_next_step_is_named(owner_client, visit, answer):
    response = owner_client.post(page_of(visit), {"answer": answer}, follow=True)
    assert str(texts.VISIT_ANSWERED[answer]) in response.content.decode()
    visit.refresh_from_db()
    assert visit.answer == answer
    assert "Waiting for you" not in response.content.decode()


def test_a_missing_answer_is_asked_for_again(owner_client, visit):
    response = owner_client.post(page_of(visit))
    assert "Choose one of these first." in response.content.decode()
    assert not Reminder.objects.get().answer


def test_an_answered_question_leads_to_its_spot(owner_client, visit):
    owner_client.post(page_of(visit), {"answer": "seen"})
    for _ in range(2):
        response = owner_client.post(page_of(visit), {"answer": "not_yet"})
        assert response.url == visit.lesion.get_absolute_url()
    assert Reminder.objects.get().answer == "seen"


@pytest.mark.parametrize("name", ["visit", "visits"])
def test_answers_about_visits_have_a_rate_limit(owner_client, visit, settings, name):
    # Each answer adds to the audit trail, which is kept for good.
    settings.UPLOADS_PER_HOUR = 1
    address = page_of(visit) if name == "visit" else VISITS
    answered = [owner_client.post(address, {"answer": "not_yet"}) for _ in range(4)]
    assert [response.status_code == 429 for response in answered] == [False, False, False, True]


def test_a_chosen_recheck_is_shown_on_the_page_of_the_spot(owner_client, screening):
    address = reverse("diagnosis:choose_recheck", args=[screening.lesion_id])
    page = owner_client.post(address, {"months": 6}, follow=True).content.decode()
    day = timezone.localdate() + timedelta(days=182)
    assert f"On {day.day} {day:%B %Y} we will remind you to take a new photo" in page
    assert '<option value="6" selected>' in page
    page = owner_client.post(address, {"months": 0}, follow=True).content.decode()
    assert "we will remind you" not in page
    assert '<option value="0" selected>' in page


def test_a_coming_question_is_shown_on_the_page_of_the_spot(owner_client, owner, visit):
    reminders.answer(visit, by=owner, choice="not_yet")
    page = owner_client.get(visit.lesion.get_absolute_url()).content.decode()
    day = timezone.localdate() + timedelta(days=15)
    assert f"On {day.day} {day:%B %Y} we will ask whether a doctor has seen this spot" in page
    assert page_of(Reminder.objects.open().get()) in page


@pytest.mark.parametrize("days", [-1, 5])
def test_a_visit_can_be_reported_before_and_after_the_question_is_due(owner_client, visit, days):
    Reminder.objects.update(due_at=timezone.now() + timedelta(days=days))
    for reported in (visit.lesion, visit.screening):
        assert page_of(visit) in owner_client.get(reported.get_absolute_url()).content.decode()
    owner_client.post(page_of(visit), {"answer": "seen"})
    result = owner_client.get(visit.screening.get_absolute_url()).content.decode()
    assert str(VISITED) in result
    assert "Call a dermatologist" not in result


@pytest.mark.parametrize("months", ["", "2", "x"])
def test_a_time_that_is_not_offered_is_not_stored(owner_client, screening, months):
    address = reverse("diagnosis:choose_recheck", args=[screening.lesion_id])
    owner_client.post(address, {"months": months})
    assert not Reminder.objects.exists()


def test_a_due_recheck_asks_for_a_new_photo(owner_client, screening):
    make_reminder(screening.lesion)
    for address in (HISTORY, screening.lesion.get_absolute_url()):
        assert "ime for a new photo of this spot" in owner_client.get(address).content.decode()


def test_a_calendar_entry_is_on_the_persons_day_and_reveals_nothing(owner_client, owner, visit):
    owner.time_zone = "Pacific/Auckland"
    owner.save()
    Reminder.objects.update(due_at="2026-03-01T20:00Z")
    response = owner_client.get(page_of(visit, "calendar"))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(response.content).walk("VEVENT")
    assert event["dtstart"].dt == date(2026, 3, 2)
    assert (event["summary"], event["class"]) == (texts.REMINDER_SUBJECT, "PRIVATE")
    assert b"elbow" not in response.content


def test_the_number_of_queries_does_not_grow_with_reminders(
    owner_client, visit, make, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12) as few:
        owner_client.get(HOME)
    for _ in range(5):
        make_reminder(make().lesion)
    with django_assert_max_num_queries(len(few)):
        owner_client.get(HOME)


@pytest.mark.parametrize(
    ("tier", "is_offered"), [("urgent", False), ("soon", False), ("watch", True)]
)
def test_a_reminder_of_a_new_photo_is_offered_only_if_no_doctor_is_advised(
    owner_client, make, tier, is_offered
):
    spot = make("done", tier=tier).lesion
    page = owner_client.get(spot.get_absolute_url()).content.decode()
    assert ("Remind me to take a new photo" in page) is is_offered


def test_a_reminder_of_a_new_photo_is_offered_after_the_visit(owner_client, owner, visit):
    reminders.answer(visit, by=owner, choice="seen")
    page = owner_client.get(visit.lesion.get_absolute_url()).content.decode()
    assert "Remind me to take a new photo" in page


@pytest.fixture
def visits(make):
    """Three due reminders of visits, for spots with different names."""
    due = []
    for name in ("elbow", "knee", "heel"):
        screening = make("done", tier="urgent")
        Lesion.objects.filter(pk=screening.lesion_id).update(name=name)
        due.append(make_reminder(Lesion.objects.get(name=name), screening=screening))
    return due


def test_several_visits_are_asked_about_on_one_page(owner_client, visits):
    page = owner_client.get(HOME).content.decode()
    assert "Have you seen a doctor about these 3 spots?" in page
    assert VISITS in page
    page = owner_client.get(VISITS).content.decode()
    assert [name for name in ("elbow", "knee", "heel") if name not in page] == []


def test_the_page_of_visits_without_a_question_leads_to_the_start_page(owner_client):
    assert owner_client.get(VISITS).url == HOME


def test_one_answer_applies_to_all_spots_without_their_own(owner_client, visits):
    own = {str(visits[0].pk): "seen", "shown": [reminder.pk for reminder in visits]}
    response = owner_client.post(VISITS, {"every": "not_yet"} | own, follow=True)
    assert str(texts.VISITS_ANSWERED) in response.content.decode()
    answers = [Reminder.objects.get(pk=reminder.pk).answer for reminder in visits]
    assert answers == ["seen", "not_yet", "not_yet"]


@pytest.mark.parametrize("data", [{}, {"every": ""}, {"every": "maybe"}])
def test_nothing_is_stored_without_an_answer(owner_client, visits, data):
    owner_client.post(VISITS, data | {"shown": [reminder.pk for reminder in visits]})
    assert not Reminder.objects.exclude(answer="").exists()


def test_an_answer_for_all_applies_only_to_shown_visits(owner_client, visits):
    owner_client.post(VISITS, {"every": "seen", "shown": [visits[1].pk]})
    answers = [Reminder.objects.get(pk=reminder.pk).answer for reminder in visits]
    assert answers == ["", "seen", ""]


def test_a_page_asks_about_a_limited_number_of_visits(owner_client, visits, monkeypatch):
    monkeypatch.setattr(views, "MOST_VISITS", 2)
    page = owner_client.get(VISITS).content.decode()
    assert page.count('name="shown"') == 2


def test_nobody_answers_for_somebody_else(client, stranger, visits):
    client.force_login(stranger)
    own = {str(visits[0].pk): "seen", "shown": [visits[0].pk]}
    client.post(VISITS, {"every": "seen"} | own)
    assert not Reminder.objects.exclude(answer="").exists()
