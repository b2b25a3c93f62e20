import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import Lesion, Screening
from diagnosis.outcomes import texts
from diagnosis.reminders import reminders
from diagnosis.screenings.texts import IMAGE_FAULTS
from ml.preprocessing.images import ImageFault
from tests.diagnosis.photos.test_photo_files import stored_files
from tests.factories import make_prediction, make_reminder, make_review, make_screening

HISTORY, UPLOAD = reverse("diagnosis:history"), reverse("diagnosis:upload")
RADIO = re.compile(r'<input type="radio" name="lesion"[^>]*>')


def page_of(screening, name="detail"):
    return reverse(f"diagnosis:{name}", args=[screening.pk])


def listed(response):
    return [screening.pk for screening in response.context["page"]]


def test_a_sent_photo_leads_to_its_page(owner_client, owner, upload):
    response = owner_client.post(UPLOAD, {"photo": upload, "capture": "camera", "note": "left"})
    screening = Screening.objects.get()
    assert (screening.owner, screening.note, response.url) == (owner, "left", page_of(screening))


def test_the_choice_of_spot_is_marked_invalid_if_that_spot_is_gone(owner_client, make, upload):
    make("done")
    form = {"photo": upload, "capture": "camera", "lesion": str(uuid4())}
    fresh, answered = owner_client.get(UPLOAD), owner_client.post(UPLOAD, form)
    first, second = (RADIO.findall(page.content.decode()) for page in (fresh, answered))
    assert ["checked" in field for field in first] == [True, False]
    assert ["aria-invalid" in field for field in first + second] == [False, False, True, True]


def test_a_result_that_waits_for_answers_comes_first_on_the_start_page(owner_client, make):
    asking, urgent = make("done", tier="watch"), make("done", tier="urgent")
    Screening.objects.filter(pk=asking.pk).update(asks_first=True)
    response = owner_client.get(reverse("diagnosis:home"))
    assert response.context["asking"] == [asking]
    text = response.content.decode()
    assert text.index(f"before the result of this spot: {asking.lesion}") < text.index(
        "<h1>Your spots"
    )
    assert f"of this spot: {urgent.lesion}" not in text


def test_an_invalid_file_keeps_the_other_answers(owner_client):
    answers = {"capture": "camera", "body_site": "back", "note": "left, near the elbow"}
    text = SimpleUploadedFile("spot.jpg", b"no photo", "image/jpeg")
    response = owner_client.post(UPLOAD, {"photo": text, **answers})
    form = response.context["form"]
    assert form["photo"].errors == [IMAGE_FAULTS[ImageFault.NOT_AN_IMAGE]]
    assert {name: form[name].value() for name in answers} == answers
    assert IMAGE_FAULTS[ImageFault.NOT_AN_IMAGE].encode() in response.content
    assert not Screening.objects.exists()


def test_pages_mention_an_urgent_earlier_photo_until_the_visit(owner_client, make):
    earlier = make("done", tier="urgent")
    later = make("done", tier="watch", lesion=earlier.lesion)
    stands = str(texts.ANOTHER_STANDS).split("{day}")[1]

    def shown():
        pages = [owner_client.get(page_of(photo)).content.decode() for photo in (earlier, later)]
        lists = [owner_client.get(reverse(f"diagnosis:{name}")) for name in ("home", "lesions")]
        in_lists = ["because of an earlier photo" in page.content.decode() for page in lists]
        return [stands in page for page in pages] + in_lists

    # Both before and after Celery beat has planned the question.
    assert shown() == [False, True, True, True]
    reminder = make_reminder(earlier.lesion, screening=earlier)
    assert shown() == [False, True, True, True]
    reminders.answer(reminder, by=earlier.owner, choice="seen")
    assert shown() == [False, False, False, False]


def test_a_later_photo_does_not_postpone_the_visit(owner_client, make):
    earlier = make("done", tier="urgent")
    later = make("done", tier="soon", lesion=earlier.lesion)
    stands = str(texts.ANOTHER_STANDS).split("{day}")[1]

    def in_lists():
        lists = [owner_client.get(reverse(f"diagnosis:{name}")) for name in ("home", "lesions")]
        return ["because of an earlier photo" in page.text for page in lists]

    pages = [owner_client.get(page_of(photo)).text for photo in (earlier, later)]
    assert [stands in page for page in pages] == [False, True]
    assert in_lists() == [True, True]
    again = make("done", tier="urgent", lesion=earlier.lesion)
    assert stands not in owner_client.get(page_of(again)).text
    assert in_lists() == [False, False]
    sent = {"created_at": timezone.now() - timedelta(days=20)}
    Screening.objects.filter(pk=earlier.pk).update(**sent)
    earlier.predictions.update(**sent)
    assert "which is past" in owner_client.get(page_of(again)).text
    assert in_lists() == [True, True]


def test_lists_name_no_earlier_photo_if_the_spot_has_only_one(owner_client, make):
    photo = make("done", tier="watch")
    make_reminder(photo.lesion, screening=photo)
    lists = [owner_client.get(reverse(f"diagnosis:{name}")) for name in ("home", "lesions")]
    assert not any("because of an earlier photo" in page.content.decode() for page in lists)


def test_the_history_shows_own_photos_newest_first(owner_client, make, stranger, jpeg):
    make_screening(stranger, jpeg)
    first, second = make(), make("done", tier="watch")
    assert listed(owner_client.get(HISTORY)) == [second.pk, first.pk]


@pytest.mark.parametrize("query", [{"tier": "urgent"}, {"status": "done"}])
def test_the_history_can_be_filtered_by_tier_or_status(owner_client, make, query):
    match = make("done", tier="urgent")
    make_prediction(match, model_version="test-2")
    make("refused")
    assert listed(owner_client.get(HISTORY, query)) == [match.pk]


def test_the_filter_for_a_tier_excludes_the_other_tiers(owner_client, make):
    make("done", tier="urgent")
    assert listed(owner_client.get(HISTORY, {"tier": "watch"})) == []


def test_the_history_can_be_filtered_by_days_inclusive(owner_client, make):
    days = [timezone.now() - timedelta(days=number) for number in (0, 2, 4)]
    _, middle, _ = (make(created_at=day) for day in days)
    day = timezone.localdate(days[1]).isoformat()
    assert listed(owner_client.get(HISTORY, {"since": day, "until": day})) == [middle.pk]


@pytest.mark.parametrize("query", [{"since": "soon"}, {"tier": "x"}, {"page": "x"}, {"page": "99"}])
def test_an_invalid_filter_shows_the_whole_history(owner_client, make, query):
    screening = make()
    assert listed(owner_client.get(HISTORY, query)) == [screening.pk]


def test_a_long_history_has_pages_that_keep_the_filter(owner_client, make):
    for _ in range(21):
        make("refused")
    first = owner_client.get(HISTORY, {"status": "refused"})
    assert b"status=refused&amp;page=2" in first.content
    second = owner_client.get(HISTORY, {"status": "refused", "page": 2})
    assert (len(listed(first)), len(listed(second))) == (20, 1)


def test_a_long_history_takes_no_more_queries_than_a_short_one(owner_client, make, reviewer):
    def queries(length):
        while Screening.objects.count() < length:
            make_review(make("done", tier="watch"), reviewer)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert len(listed(owner_client.get(HISTORY))) == min(length, 20)
        return len(captured)

    assert queries(3) == queries(30)


@pytest.mark.parametrize(
    ("status", "polls"),
    [("pending", True), ("running", True), ("done", False), ("refused", False), ("failed", False)],
)
def test_a_page_polls_only_while_its_photo_waits_for_a_result(owner_client, make, status, polls):
    screening = make(status)
    fragment = owner_client.get(page_of(screening, "status")).content.decode()
    page = owner_client.get(page_of(screening)).content.decode()
    assert (page_of(screening, "status") in fragment) == polls
    assert ('http-equiv="refresh"' in page) == polls


@pytest.mark.parametrize(
    ("statuses", "waiting"), [(["pending", "running", "done"], 2), (["done"], 0)]
)
def test_the_history_polls_only_while_a_photo_waits_for_a_result(
    owner_client, make, statuses, waiting
):
    for status in statuses:
        make(status)
    response = owner_client.get(HISTORY)
    assert response.context["waiting"] == waiting
    assert ("hx-get" in response.content.decode()) == bool(waiting)


def test_a_reading_is_shown_without_the_clinicians_note_and_name(owner_client, make, reviewer):
    screening = make("done", tier="urgent")
    make_review(screening, reviewer, note="for colleagues only")
    page = owner_client.get(page_of(screening)).content.decode()
    assert "test-1" in page
    assert "Read by a clinician" in page
    assert "for colleagues only" not in page
    assert reviewer.email not in page


@pytest.mark.parametrize("name", ["home", "history", "lesions"])
def test_every_list_says_which_photo_a_clinician_has_read(owner_client, make, reviewer, name):
    screening = make("done", tier="urgent")
    page = reverse(f"diagnosis:{name}")
    assert "Read by a clinician" not in owner_client.get(page).content.decode()
    make_review(screening, reviewer)
    assert "Read by a clinician" in owner_client.get(page).content.decode()


def test_a_note_is_shown_as_text(owner_client, make):
    page = owner_client.get(page_of(make(note="<script>alert(1)</script>"))).content
    assert b"&lt;script&gt;alert(1)" in page


def test_deleting_removes_rows_and_files(
    owner_client, make, reviewer, home, django_capture_on_commit_callbacks
):
    screening = make("done", tier="watch")
    make_review(screening, reviewer)
    with django_capture_on_commit_callbacks(execute=True):
        response = owner_client.post(page_of(screening, "delete"))
    assert response.url == HISTORY
    assert not Screening.objects.exists()
    assert stored_files(home) == []


def test_the_confirmation_says_that_a_spot_is_deleted_with_its_only_photo(owner_client, make):
    photo, words = make("done"), "so the spot will be deleted, too"
    address = reverse("diagnosis:delete", args=[photo.pk])
    assert words in owner_client.get(address).text
    make("done", lesion=photo.lesion)
    assert words not in owner_client.get(address).text


def test_opening_the_confirmation_deletes_nothing(owner_client, make):
    screening = make()
    owner_client.get(page_of(screening, "delete"))
    assert Screening.objects.filter(pk=screening.pk).exists()


@pytest.mark.parametrize(
    ("came_from", "is_led_back"),
    [("/lesions/?page=2", True), ("/account/login/?next=/zoom/", False), ("//evil.test/", False)],
)
def test_the_zoomed_photo_leads_back_to_the_previous_page(
    owner_client, make, came_from, is_led_back
):
    screening = make()
    referrer = f"http://testserver{came_from}"
    page = owner_client.get(page_of(screening, "zoom"), HTTP_REFERER=referrer)
    back = came_from if is_led_back else screening.get_absolute_url()
    assert page.context["back"] == back


@pytest.mark.parametrize("name", ["photo", "thumbnail"])
def test_a_photo_is_served_as_jpeg(owner_client, make, name):
    screening = make()
    response = owner_client.get(page_of(screening, name))
    with getattr(screening, name) as stored:
        assert b"".join(response) == stored.read()
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["photo", "thumbnail"])
def test_a_photo_that_is_missing_on_disk_is_not_found(owner_client, make, name):
    screening = make()
    for stored in (screening.photo, screening.thumbnail):
        stored.storage.delete(stored.name)
    assert owner_client.get(page_of(screening, name)).status_code == 404


def test_the_home_page_shows_own_spots_by_newest_photo(owner_client, make, stranger, jpeg):
    first = make("done", tier="watch").lesion
    second = make("done", tier="soon").lesion
    make("done", tier="watch", lesion=first)
    make_screening(stranger, jpeg)
    response = owner_client.get(reverse("diagnosis:home"))
    assert list(response.context["spots"]) == [first, second]
    assert "New photo" in response.text
    assert "Have a closer look" not in response.text


def test_the_home_page_without_spots_explains_the_site(owner_client, client):
    for person in (owner_client, client):
        assert "Have a closer look" in person.get(reverse("diagnosis:home")).text


def test_the_home_page_mentions_clinicians_only_if_there_are_some(client, owner, reviewer):
    sentence = "A clinician can also look at your photo"
    assert sentence in client.get(reverse("diagnosis:home")).text
    reviewer.delete()
    assert sentence not in client.get(reverse("diagnosis:home")).text


def test_a_photo_that_is_deleted_while_its_page_is_made_is_not_found(
    owner_client, make, monkeypatch
):
    screening = make("done")
    monkeypatch.setattr(Lesion, "photo", lambda *_: None)
    assert owner_client.get(screening.get_absolute_url()).status_code == 404
