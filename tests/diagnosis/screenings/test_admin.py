import re
from html import unescape

import pytest
from django.contrib.admin import site
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from diagnosis.models import AuditEntry, Lesion, Prediction, Profile, Review, Screening
from diagnosis.outcomes import cause_texts
from diagnosis.review import services as reviewing
from diagnosis.rules.causes import Cause
from diagnosis.screenings import services
from diagnosis.screenings.admin import ScreeningAdmin
from tests.factories import make_prediction, make_review

LIST = reverse("admin:diagnosis_screening_changelist")


@pytest.fixture
def staff(client, reviewer):
    client.force_login(reviewer)
    return client


def page_of(screening):
    return reverse("admin:diagnosis_screening_change", args=[screening.pk])


def listed(response):
    return [screening.pk for screening in response.context["cl"].result_list]


def form_of(staff, screening, **answers):
    """Return what a browser would send from the page of a screening."""
    page = staff.get(page_of(screening))
    data = dict(re.findall(r'name="(shown_[a-z]+)" value="([^"]*)"', page.content.decode()))
    for inline in page.context["inline_admin_formsets"]:
        for form in (inline.formset.management_form, *inline.formset.forms):
            data |= {form.add_prefix(name): form[name].value() for name in form.fields}
    return {name: value for name, value in data.items() if value is not None} | answers


def test_a_reviewer_sees_photos_of_all_people(staff, make, owner):
    screening = make("done", tier="urgent")
    page = staff.get(LIST).content.decode()
    for text in ("Urgent", "40.0%", "Result ready", "not yet", owner.email):
        assert text in page
    assert reverse("diagnosis:thumbnail", args=[screening.pk]) in page


def test_a_reviewer_sees_a_screening_with_photo_prediction_and_readings(staff, make, reviewer):
    screening = make("done", tier="urgent", note="left elbow")
    make_review(screening, reviewer, note="asymmetric")
    page = staff.get(page_of(screening)).content.decode()
    for text in ("left elbow", "test-1", "Refer to a dermatologist", "asymmetric", reviewer.email):
        assert text in page
    assert reverse("diagnosis:photo", args=[screening.pk]) in page
    # The link would lead to the person's page, where a reviewer gets 404.
    assert (
        reverse(
            "admin:view_on_site",
            args=[ContentType.objects.get_for_model(screening).pk, screening.pk],
        )
        not in page
    )


@pytest.mark.parametrize("address", [LIST, f"{LIST}?o=3.4"])
def test_a_long_list_takes_no_more_queries_than_a_short_one(staff, make, reviewer, address):
    def queries(length):
        while Screening.objects.count() < length:
            make_review(make("done", tier="watch"), reviewer)
        with CaptureQueriesContext(connection) as captured:
            assert len(listed(staff.get(address))) == length
        return len(captured)

    staff.get(address)  # fills Django's cache of content types
    assert queries(3) == queries(20)


def test_many_readings_take_no_more_queries_than_few(staff, make, reviewer):
    screening = make("done", tier="watch")

    def queries(readings):
        while screening.reviews.count() < readings:
            make_review(screening, reviewer)
        with CaptureQueriesContext(connection) as captured:
            staff.get(page_of(screening))
        return len(captured)

    staff.get(page_of(screening))  # fills Django's cache of content types
    assert queries(2) == queries(12)


def test_a_reading_is_stored_with_its_author_and_time(staff, make, reviewer):
    screening = make("done", tier="watch")
    answers = {"reviews-0-verdict": "soon", "reviews-0-note": "asymmetric"}
    before = timezone.now()
    assert staff.post(page_of(screening), form_of(staff, screening, **answers)).url == LIST
    review = Review.objects.get()
    assert (review.screening, review.verdict, review.note) == (screening, "soon", "asymmetric")
    assert review.reviewed_by == reviewer
    assert before <= review.reviewed_at <= timezone.now()


def test_a_reading_is_requested_again_if_the_models_result_has_changed(staff, make):
    screening = make("done", tier="watch")
    answers = form_of(staff, screening, **{"reviews-0-verdict": "watch", "reviews-0-note": "flat"})
    make_prediction(screening, model_version="test-2", tier="urgent")
    page = staff.post(page_of(screening), answers).content.decode()
    assert "result changed while this page was open" in page
    assert "The new result: Urgent (test-2)." in page
    assert (">\nflat</textarea>" in page, Review.objects.exists()) == (True, False)
    assert not re.search(r'name="reviews-0-verdict"[^>]*checked', page)
    again = answers | form_of(staff, screening) | {"reviews-0-verdict": "soon"}
    staff.post(page_of(screening), again)
    assert Review.objects.get().tier == "urgent"


def test_a_reading_is_requested_again_if_the_person_adds_a_sign_meanwhile(staff, unread, owner):
    answers = form_of(staff, unread, **{"reviews-0-verdict": "watch", "reviews-0-note": "flat"})
    services.answer(unread, by=owner, ticked={"feels_different": True})
    page = staff.post(page_of(unread), answers).content.decode()
    assert "answers or the measured growth changed" in page
    assert "It itches, hurts or feels different" in page
    assert (">\nflat</textarea>" in page, Review.objects.exists()) == (True, False)
    assert not re.search(r'name="reviews-0-verdict"[^>]*checked', page)
    again = answers | form_of(staff, unread) | {"reviews-0-verdict": "soon"}
    staff.post(page_of(unread), again)
    assert Review.objects.get().verdict == "soon"


def test_the_page_of_a_photo_gives_measured_growth_only_to_those_who_may_see_the_result(
    staff, make, reviewer
):
    grown = {"has_grown": True, "grown_at": timezone.now()}
    screening = make("done", tier="watch", readings_due=1, **grown)
    Profile.objects.update(had_skin_cancer=True)
    texts = [str(cause_texts.QUOTED[cause]) for cause in (Cause.HAS_GROWN, Cause.AFTER_SKIN_CANCER)]
    page = unescape(staff.get(page_of(screening)).content.decode())
    assert [text in page for text in texts] == [False, True]
    staff.post(page_of(screening), form_of(staff, screening, **{"reviews-0-verdict": "watch"}))
    assert not Review.objects.exists()
    reviewing.form_impression(screening, by=reviewer, finding="soon")
    page = unescape(staff.get(page_of(screening)).content.decode())
    assert [text in page for text in texts] == [True, True]


def test_a_note_needs_a_verdict(staff, make):
    screening = make("done", tier="watch")
    answers = {"reviews-0-note": "asymmetric"}
    assert staff.post(page_of(screening), form_of(staff, screening, **answers)).status_code == 200
    assert not Review.objects.exists()


@pytest.mark.parametrize("verdict", ["agree", "disagree", "refer"])
def test_verdicts_of_earlier_releases_are_not_offered(staff, make, verdict):
    screening = make("done", tier="watch")
    answers = form_of(staff, screening, **{"reviews-0-verdict": verdict})
    assert staff.post(page_of(screening), answers).status_code == 200
    assert not Review.objects.exists()


def test_saving_in_the_admin_does_not_overwrite_a_workers_result(make):
    stale = make("running")
    Screening.objects.held(stale).succeed(readings_due=1, urgency=1)
    ScreeningAdmin(Screening, site).save_model(None, stale, None, True)
    stale.refresh_from_db()
    assert stale.status == "done"


def test_saving_without_a_reading_changes_nothing(staff, make):
    screening = make("failed")
    answers = {"status": "done", "note": "changed", "failure": ""}
    before = Screening.objects.values().get()
    assert staff.post(page_of(screening), form_of(staff, screening, **answers)).url == LIST
    assert Screening.objects.values().get() == before
    assert not Review.objects.exists()


@pytest.mark.parametrize("person", ["reviewer", "superuser"])
def test_readings_and_predictions_are_never_changed(client, make, request, reviewer, person):
    screening = make("done", tier="watch")
    review = make_review(screening, reviewer, "agree")
    before = Review.objects.values().get(), Prediction.objects.values().get()
    client.force_login(request.getfixturevalue(person))
    response = client.post(
        page_of(screening),
        form_of(client, screening)
        | {
            "reviews-TOTAL_FORMS": "1",
            "reviews-INITIAL_FORMS": "1",
            "reviews-0-id": review.pk,
            "reviews-0-screening": screening.pk,
            "reviews-0-verdict": "watch",
            "reviews-0-DELETE": "on",
            "predictions-0-id": screening.prediction.pk,
            "predictions-0-screening": screening.pk,
            "predictions-0-tier": "urgent",
            "predictions-0-DELETE": "on",
        },
    )
    assert response.url == LIST
    assert (Review.objects.values().get(), Prediction.objects.values().get()) == before


def test_a_reviewer_cannot_delete_from_the_list(staff, make):
    screening = make()
    answers = {"action": "delete_selected", "_selected_action": [screening.pk], "post": "yes"}
    staff.post(LIST, answers)
    assert Screening.objects.exists()


def test_deletions_in_the_admin_are_audited(client, superuser, make):
    first, second = make(), make()
    client.force_login(superuser)
    client.post(LIST, {"action": "delete_selected", "_selected_action": [first.pk], "post": "yes"})
    client.post(reverse("admin:diagnosis_screening_delete", args=[second.pk]), {"post": "yes"})
    deleted = AuditEntry.objects.filter(action="deletion", actor=superuser.pk)
    names = [f"screening:{screening.pk}" for screening in (second, first)]
    assert list(deleted.values_list("subject", flat=True)) == names
    assert not Lesion.objects.exists()


def test_a_failed_screening_is_queued_again(
    staff, make, published, django_capture_on_commit_callbacks
):
    failed, done = make("failed"), make("done", tier="watch")
    answers = {"action": "queue_again", "_selected_action": [failed.pk, done.pk]}
    with django_capture_on_commit_callbacks(execute=True):
        response = staff.post(LIST, answers, follow=True)
    assert published == [failed.pk]
    assert "1 queued again." in response.content.decode()


def test_a_screening_that_has_not_failed_is_not_queued_again(staff, make, published):
    answers = {"action": "queue_again", "_selected_action": [make("refused").pk]}
    response = staff.post(LIST, answers, follow=True)
    assert "none of these screenings has failed" in response.content.decode()
    assert published == []


@pytest.mark.parametrize(
    "query",
    [
        {"status__exact": "done"},
        {"tier": "urgent"},
        {"is_uncertain": "True"},
        {"read": "yes"},
        {"capture__exact": "camera"},
        {"lesion__body_site__exact": "back"},
        {"q": "LEFT"},
        {"q": "olga@example.org left"},
        {"status__exact": "done", "read": "yes", "q": "left", "o": "-4"},
    ],
)
def test_the_list_is_filtered_and_searched(staff, make, reviewer, query):
    match = make("done", tier="urgent", capture="camera", note="left")
    Lesion.objects.filter(pk=match.lesion_id).update(body_site="back")
    make_prediction(match, model_version="test-2", is_uncertain=True)
    for _ in range(2):
        make_review(match, reviewer)
    make("failed")
    assert listed(staff.get(LIST, query)) == [match.pk]


def test_unread_screenings_can_be_found(staff, make, reviewer):
    make_review(make("done", tier="watch"), reviewer)
    unread = make("done", tier="watch")
    assert listed(staff.get(LIST, {"read": "no"})) == [unread.pk]


def test_a_screening_is_found_by_its_id(staff, make):
    make()
    match = make()
    assert listed(staff.get(LIST, {"q": str(match.pk)})) == [match.pk]


@pytest.mark.parametrize(("column", "first"), [("4", 0), ("-4", 1), ("3", 1), ("-3", 0)])
def test_the_list_is_ordered_by_tier_and_by_probability(staff, make, column, first):
    rows = [make("done"), make("done")]
    make_prediction(rows[0], tier="watch", cancer=0.1)
    make_prediction(rows[1], tier="urgent", cancer=0.9)
    assert listed(staff.get(LIST, {"o": column}))[0] == rows[first].pk


def test_a_reviewer_gets_no_link_to_an_account(staff, make, owner):
    page = staff.get(page_of(make("done", tier="watch"))).content.decode()
    assert owner.email in page
    assert reverse("admin:accounts_user_change", args=[owner.pk]) not in page


def test_a_reviewer_sees_the_persons_answers(staff, make):
    screening = make("done", tier="watch")
    assert "none given" in staff.get(page_of(screening)).content.decode()
    services.answer(screening, by=screening.owner, ticked={"bleeds": True, "is_large": False})
    page = staff.get(page_of(screening)).content.decode()
    assert "It bleeds" in page
    assert "7 mm" not in page


@pytest.fixture
def unread(make):
    """A case that needs two readings, and that nobody has read."""
    return make("done", tier="urgent", readings_due=2)


RESULT_TEXT = "31 cancers in 100 such photos"


def test_a_clinician_who_has_not_read_a_photo_does_not_see_the_result(staff, unread):
    page = staff.get(page_of(unread)).content.decode()
    assert RESULT_TEXT not in page
    assert "The model's result is shown after your reading." in page
    assert "after your reading" in staff.get(LIST).content.decode()
    assert str(unread.pk) not in staff.get(LIST, {"tier": "urgent"}).content.decode()


def test_a_clinician_who_did_not_see_the_result_is_not_asked_again_when_it_changes(staff, unread):
    answers = form_of(staff, unread, **{"reviews-0-verdict": "soon"})
    make_prediction(unread, model_version="test-2", tier="watch")
    response = staff.post(page_of(unread), answers)
    assert (response.status_code, Review.objects.get().verdict) == (302, "soon")


def test_a_clinician_sees_the_result_after_their_impression(staff, unread, reviewer):
    reviewing.form_impression(unread, by=reviewer, finding="soon")
    assert RESULT_TEXT in staff.get(page_of(unread)).content.decode()
    assert "after your reading" not in staff.get(LIST).content.decode()
    assert str(unread.pk) in staff.get(LIST, {"tier": "urgent"}).content.decode()


def test_filters_use_the_newest_models_answer(staff, make):
    screening = make("done", tier="watch")
    make_prediction(screening, model_version="test-2", tier="urgent", is_uncertain=True)
    matches = {
        query: listed(staff.get(f"{LIST}?{query}"))
        for query in ("tier=watch", "tier=urgent", "is_uncertain=False", "is_uncertain=True")
    }
    assert [query for query, screenings in matches.items() if screenings] == [
        "tier=urgent",
        "is_uncertain=True",
    ]
