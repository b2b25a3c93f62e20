"""The queue for clinicians. tests/skinscreen/test_urls.py tests access by other people."""

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from diagnosis.classification import model_cards
from diagnosis.lesions import moving
from diagnosis.models import (
    Answers,
    AuditEntry,
    Claim,
    Histology,
    Impression,
    Lesion,
    Profile,
    Review,
    Screening,
)
from diagnosis.review import claims
from diagnosis.review import services as reviewing
from diagnosis.review.forms import DELETED, MERGED
from diagnosis.screenings import services
from ml.labels import Diagnosis
from ml.serving.shares import Named, Share
from tests.factories import make_histology, make_prediction, make_review, make_screening
from tests.ml.cards import KIND

QUEUE, NEXT = reverse("diagnosis:queue"), reverse("diagnosis:take_next")
MODEL_SECTION = "The model:"


@pytest.fixture
def staff(client, reviewer):
    client.force_login(reviewer)
    return client


@pytest.fixture
def case(make):
    return make("done", tier="urgent", readings_due=2, urgency=3)


def page_of(screening, name="case"):
    return reverse(f"diagnosis:{name}", args=[screening.pk])


def send_reading(staff, screening, verdict="soon", **answers):
    """Send the form of a case as a browser does."""
    prediction = screening.prediction.pk if screening.prediction else ""
    stamp = Screening.objects.get(pk=screening.pk).causes_stamp
    shown = {"shown_prediction": prediction, "shown_causes": stamp}
    answers = {"verdict": verdict} | shown | answers
    return staff.post(page_of(screening, "reading"), answers, follow=True)


def test_the_models_result_is_shown_only_after_the_first_impression(staff, case):
    page = staff.post(NEXT, follow=True).content.decode()
    assert MODEL_SECTION not in page
    assert "urgent tier" not in page
    page = staff.post(page_of(case, "impression"), {"finding": "soon"}, follow=True)
    assert MODEL_SECTION in page.content.decode()
    assert "urgent tier" in " ".join(page.content.decode().split()).replace("</strong>", "")


@pytest.mark.parametrize(("site", "is_sooner"), [("ear", True), ("lip", True), ("back", False)])
def test_the_clinicians_form_says_where_soon_means_four_weeks(staff, case, site, is_sooner):
    Lesion.objects.update(body_site=site)
    assert ("within four weeks" in staff.post(NEXT, follow=True).content.decode()) is is_sooner


def test_a_clinician_sees_whether_the_questions_are_answered(staff, case):
    sentence = "The questions about this spot are not answered."
    assert sentence in staff.post(NEXT, follow=True).content.decode()
    Answers.objects.create(screening=case, changed_size=True)
    assert sentence not in staff.get(page_of(case)).content.decode()


def test_the_queue_does_not_reveal_the_models_result(staff, case):
    page = staff.get(QUEUE).content.decode()
    assert "1 case waits" in page
    assert "rgent" not in page.replace("most urgent first", "")


def test_the_queue_marks_unread_cases_whose_promised_day_is_past(staff, make, settings, stranger):
    within, day = settings.READING_WITHIN, timedelta(days=1)
    for wait in (within, within + day, within + 2 * day):
        case = make("done", tier="urgent", readings_due=1, created_at=timezone.now() - wait)
    make_review(case, stranger)
    assert staff.get(QUEUE).content.decode().count("longer than promised") == 1


def test_the_queue_names_three_reasons_and_counts_the_others(staff, case):
    Answers.objects.create(
        screening=case, bleeds=True, is_unhealed=True, is_oozing=True, is_inflamed=True
    )
    page = " ".join(staff.get(QUEUE).content.decode().split())
    assert "It bleeds without an injury" in page
    assert "The skin around it is red or swollen" not in page
    assert "and 1 more" in page


def test_the_queue_shows_answers_that_ask_for_a_doctor(staff, case):
    Answers.objects.create(screening=case, bleeds=True)
    assert "It bleeds without an injury" in staff.get(QUEUE).content.decode()


def test_a_reading_before_the_first_impression_is_refused(staff, case):
    staff.post(NEXT)
    send_reading(staff, case)
    assert not Review.objects.exists()


def test_without_blind_reading_the_result_is_shown_at_once(staff, case, settings):
    settings.IS_BLIND_FIRST = False
    assert MODEL_SECTION in staff.post(NEXT, follow=True).content.decode()
    send_reading(staff, case)
    assert Review.objects.get().verdict == "soon"
    assert not Impression.objects.exists()


@pytest.mark.parametrize("tier", ["urgent", "watch", "", "lower"])
@pytest.mark.parametrize("finding", ["urgent", "soon", "watch", "unusable"])
def test_the_impression_is_preselected_as_the_reading(staff, make, tier, finding):
    case = make("done", tier=tier, readings_due=1)
    staff.post(NEXT)
    page = staff.post(page_of(case, "impression"), {"finding": finding}, follow=True)
    assert page.context["form"]["verdict"].value() == finding


@pytest.mark.parametrize("verdict", ["agree", "disagree", "refer"])
def test_verdicts_of_earlier_releases_are_not_offered(staff, case, verdict):
    staff.post(NEXT)
    page = staff.post(page_of(case, "impression"), {"finding": "soon"}, follow=True)
    offered = [value for value, _ in page.context["form"].fields["verdict"].choices]
    assert offered == ["urgent", "soon", "watch", "unusable"]
    send_reading(staff, case, verdict)
    assert not Review.objects.exists()


def test_a_reading_leads_to_the_next_case(staff, case, make, reviewer):
    other = make("done", tier="watch", readings_due=1, urgency=1)
    staff.post(NEXT)
    staff.post(page_of(case, "impression"), {"finding": "urgent"})
    assert send_reading(staff, case, note="asymmetric").redirect_chain[-1][0] == page_of(other)
    review = Review.objects.get()
    assert (review.reviewed_by, review.note) == (reviewer, "asymmetric")
    assert Claim.objects.get().screening == other


def test_the_next_case_is_claimed_after_the_transaction_of_the_reading(staff, case, monkeypatch):
    """The reading locks the audit trail, which others lock last: a claim could deadlock."""
    savepoints, outside = [], len(connection.savepoint_ids)
    staff.post(NEXT)
    staff.post(page_of(case, "impression"), {"finding": "urgent"})
    monkeypatch.setattr(
        claims, "take_next", lambda by: savepoints.append(len(connection.savepoint_ids))
    )
    send_reading(staff, case)
    assert savepoints == [outside]


def test_after_the_last_case_the_queue_says_that_the_reading_is_stored_and_no_case_waits(
    staff, case
):
    staff.post(NEXT)
    staff.post(page_of(case, "impression"), {"finding": "urgent"})
    page = send_reading(staff, case)
    assert "Your reading is stored." in page.content.decode()
    assert page.content.decode().count("No case is waiting for you") == 1


def test_a_case_that_the_clinician_has_read_leads_to_the_stored_result(staff, case, reviewer):
    reviewing.record_reading(case, by=reviewer, verdict="soon")
    response = staff.get(page_of(case), follow=True)
    assert response.redirect_chain[0][0] == reverse(
        "admin:diagnosis_screening_change", args=[case.pk]
    )
    assert "You have already read this case" in response.content.decode()


def test_a_case_that_needs_no_more_readings_is_not_found(staff, case, superuser):
    reviewing.record_reading(case, by=superuser, verdict="soon")
    assert staff.get(page_of(case)).status_code == 200
    Screening.objects.update(readings_due=0)
    assert staff.get(page_of(case)).status_code == 404


@pytest.mark.parametrize("who", ["owner", "stranger"])
def test_somebody_who_is_not_a_clinician_cannot_open_a_read_case(
    client, case, reviewer, request, who
):
    reviewing.record_reading(case, by=reviewer, verdict="soon")
    client.force_login(request.getfixturevalue(who))
    assert client.get(page_of(case)).status_code == 404


def test_a_reading_is_requested_again_if_the_models_result_has_changed(staff, case):
    staff.post(NEXT)
    staff.post(page_of(case, "impression"), {"finding": "watch"})
    outdated = case.prediction.pk
    make_prediction(case, model_version="test-2", tier="watch")
    page = send_reading(staff, case, "watch", note="flat, even", shown_prediction=outdated)
    form, text = page.context["form"], page.content.decode()
    assert not Review.objects.exists()
    assert "result changed while this page was open" in text
    assert (form["note"].value(), form["verdict"].value()) == ("flat, even", None)
    assert f'name="shown_prediction" value="{case.prediction.pk}"' in text
    send_reading(staff, case, "watch", note="flat, even")
    assert (Review.objects.get().tier, Review.objects.get().note) == ("watch", "flat, even")


def add_sign(case):
    services.answer(case, by=case.owner, ticked={"feels_different": True})


def tell_of_cancer(case):
    profile = Profile.objects.get(pk=case.lesion.profile_id)
    profile.had_skin_cancer = True
    services.describe_person(profile, by=case.owner, skin_type="II")


def measure_growth(case):
    Screening.objects.update(has_grown=True, grown_at=timezone.now())


@pytest.mark.parametrize("add_cause", [add_sign, tell_of_cancer, measure_growth])
def test_a_reading_is_requested_again_if_a_cause_is_added_while_the_page_is_open(
    staff, make, add_cause
):
    case = make("done", tier="watch", readings_due=1)
    staff.post(NEXT)
    page = staff.post(page_of(case, "impression"), {"finding": "watch"}, follow=True)
    assert 'name="shown_causes" value=""' in page.content.decode()
    add_cause(case)
    page = send_reading(staff, case, "watch", note="flat, even", shown_causes="")
    form, text = page.context["form"], page.content.decode()
    assert "answers or the measured growth changed" in unescape(text)
    assert (form["note"].value(), form["verdict"].value()) == ("flat, even", None)
    fresh = Screening.objects.with_outcome().get()
    assert (fresh.review, fresh.decision.urgency) == (None, "soon")
    assert f'name="shown_causes" value="{fresh.causes_stamp}"' in text
    send_reading(staff, case, "watch", note="flat, even")
    assert Screening.objects.with_outcome().get().decision.urgency == "watch"


def test_a_reading_is_stored_if_the_person_repeats_their_answers_meanwhile(staff, make):
    case = make("done", tier="watch", readings_due=1)
    add_sign(case)
    shown = case.causes_stamp
    staff.post(NEXT)
    staff.post(page_of(case, "impression"), {"finding": "watch"})
    add_sign(case)
    send_reading(staff, case, "watch", shown_causes=shown)
    assert Review.objects.get().verdict == "watch"


def test_nothing_is_stored_without_a_choice(staff, case):
    staff.post(NEXT)
    page = staff.post(page_of(case, "impression"), {})
    assert "Choose one of these first." in page.content.decode()
    assert not Impression.objects.exists()


def test_the_page_of_a_claimed_case_names_the_clinician_who_reads_it(staff, case, superuser):
    claims.claim(case, by=superuser)
    page = staff.get(page_of(case)).content.decode()
    assert "root@example.org is reading this case" in page
    assert staff.post(page_of(case, "impression"), {"finding": "soon"}).status_code == 404


def test_a_case_can_be_released(staff, case):
    staff.post(NEXT)
    staff.post(page_of(case, "give_back"))
    assert not Claim.objects.exists()
    assert "Take this case" in staff.get(page_of(case)).content.decode()


def test_the_queue_takes_no_more_queries_for_more_cases(staff, make, django_assert_max_num_queries):
    make("done", tier="watch", readings_due=1)
    with django_assert_max_num_queries(12) as few:
        staff.get(QUEUE)
    for _ in range(9):
        make("done", tier="watch", readings_due=1)
    with django_assert_max_num_queries(len(few)):
        staff.get(QUEUE)


def reading_in_the_admin(screening):
    return {
        "shown_prediction": screening.prediction.pk,
        **{f"predictions-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")},
        "reviews-TOTAL_FORMS": 1,
        "reviews-INITIAL_FORMS": 0,
        "reviews-0-verdict": "soon",
    }


def test_a_reading_in_the_admin_counts(staff, case):
    staff.post(
        reverse("admin:diagnosis_screening_change", args=[case.pk]), reading_in_the_admin(case)
    )
    case.refresh_from_db()
    assert case.readings_due == 1


def test_nobody_reads_their_own_photo_in_the_admin_either(staff, case, reviewer):
    Screening.objects.update(owner=reviewer)
    address = reverse("admin:diagnosis_screening_change", args=[case.pk])
    assert "reviews-0-verdict" not in staff.get(address).content.decode()
    staff.post(address, reading_in_the_admin(case))
    assert not Review.objects.exists()


def biopsy_page(screening):
    return reverse("diagnosis:histology", args=[screening.lesion_id])


def test_a_biopsy_result_is_entered_from_the_case_or_the_admin(staff, case):
    admin = reverse("admin:diagnosis_screening_change", args=[case.pk])
    for address in (page_of(case), admin):
        assert biopsy_page(case) in staff.get(address).content.decode()
    answers = {"diagnosis": "melanoma", "taken_on": timezone.localdate()}
    page = staff.post(biopsy_page(case), answers, follow=True).content.decode()
    assert "<strong>Melanoma</strong>" in page
    assert "Melanoma: correct it" in staff.get(admin).content.decode()
    assert AuditEntry.objects.filter(action="view", subject=f"lesion:{case.lesion_id}").exists()


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [({"diagnosis": "melanoma"}, "required"), ({"days": 1}, "This day is in the future.")],
)
def test_a_biopsy_result_needs_a_day_that_is_not_in_the_future(staff, case, answers, sentence):
    if "days" in answers:
        day = timezone.localdate() + timedelta(**answers)
        answers = {"diagnosis": "benign", "taken_on": day}
    assert sentence in staff.post(biopsy_page(case), answers).content.decode()
    assert not Histology.objects.exists()


def test_nobody_enters_a_biopsy_result_for_their_own_spot(staff, reviewer, superuser, jpeg):
    for person in (reviewer, superuser):
        own = make_screening(person, jpeg)
        staff.force_login(person)
        answers = {"diagnosis": "benign", "taken_on": timezone.localdate()}
        assert staff.get(biopsy_page(own)).status_code == 404
        assert staff.post(biopsy_page(own), answers).status_code == 404
    assert not Histology.objects.exists()


def test_a_corrected_biopsy_result_stays_readable(staff, case):
    make_histology(case.lesion, "melanoma", corrected_at=timezone.now())
    make_histology(case.lesion)
    page = staff.get(biopsy_page(case)).content.decode()
    assert page.index("<strong>Benign") < page.index("<strong>Melanoma") < page.index("(corrected")


def test_a_message_to_the_person_is_stored_and_shown_as_text(staff, case, owner):
    staff.post(NEXT)
    staff.post(page_of(case, "impression"), {"finding": "soon"})
    send_reading(staff, case, "soon", message="Bring <b>it</b> along.", note="for us")
    entry = AuditEntry.objects.filter(action="reading").order_by("number").last()
    assert entry.detail == {"step": "reading", "has_message": True}
    staff.force_login(owner)
    page = staff.get(case.get_absolute_url()).content.decode()
    assert "Bring &lt;b&gt;it&lt;/b&gt; along." in page
    assert "for us" not in page


@pytest.mark.parametrize(("site", "number"), [("back", 1), ("face", 0), ("", 1)])
def test_the_queue_can_be_filtered_by_place(staff, case, site, number):
    case.lesion.body_site = "back"
    case.lesion.save()
    page = staff.get(QUEUE, {"lesion__body_site": site})
    assert page.context["page"].paginator.count == number


def test_facts_about_the_person_are_shown_before_the_impression_and_diagnoses_after_it(
    staff, case, owner, make
):
    make("done", tier="watch")
    type(owner).objects.filter(pk=owner.pk).update(skin_type="III")
    page = staff.post(NEXT, follow=True).content.decode()
    assert "<dt>Skin type</dt><dd>III, " in page
    assert "<dt>Other spots</dt><dd>1 sent</dd>" in page
    assert "naevus" not in page
    page = staff.post(
        page_of(case, "impression"), {"finding": "soon"}, follow=True
    ).content.decode()
    first = page.index("melanocytic naevus (60\N{NO-BREAK SPACE}%)")
    assert first < page.index("melanoma (20\N{NO-BREAK SPACE}%)")


def test_each_diagnosis_is_shown_with_how_often_it_was_right(staff, case, monkeypatch):
    named = {
        Diagnosis.NV: Named(Share(80, 100, 50), None),
        Diagnosis.MEL: Named(None, Share(1, 100, 50)),
        Diagnosis.BCC: Named(None, Share(9, 30, 19)),
    }
    monkeypatch.setattr(model_cards, "table_of", lambda *_: replace(KIND, named=named))
    staff.post(NEXT)
    page = staff.post(page_of(case, "impression"), {"finding": "soon"}, follow=True)
    content = page.content.decode()
    first = "when named first, right in 80 of 100 photos (67–89)"
    assert f"melanocytic naevus (60\N{NO-BREAK SPACE}%): {first}" in content
    later = "when named second or third, right in 1 of 100 photos (0–9)"
    assert f"melanoma (20\N{NO-BREAK SPACE}%): {later}" in content
    assert "basal cell carcinoma (20\N{NO-BREAK SPACE}%): too few to say" in content


def test_every_earlier_photo_of_the_spot_is_counted_though_six_are_shown(staff, case, make):
    staff.post(NEXT)
    for days in range(1, 9):
        sent = case.created_at - timedelta(days=days)
        make("done", lesion=case.lesion, created_at=sent)
    page = staff.get(page_of(case))
    assert len(page.context["earlier"]) == 6
    first = date_format(timezone.localtime(sent), "j F Y")
    assert f"8 earlier photos (the first on {first})" in " ".join(page.content.decode().split())


@pytest.mark.parametrize("is_blind", [True, False])
def test_the_case_shows_whose_skin_it_is_and_the_reasons_to_see_a_doctor(
    staff, case, settings, is_blind
):
    settings.IS_BLIND_FIRST = is_blind
    profile = {"birth_year": 1950, "sex": "male", "had_melanoma": True, "other_skin_type": "II"}
    case.lesion.profile = Profile.objects.create(
        owner=case.owner, name="Dad", answered_at=timezone.now(), **profile
    )
    case.lesion.save()
    Answers.objects.create(screening=case, bleeds=True)
    page = " ".join(staff.post(NEXT, follow=True).content.decode().split())
    age = timezone.localdate().year - 1951
    assert f"{age} or {age + 1} years, born in 1950" in page
    assert "<dt>Skin type</dt><dd>II, " in page
    assert "<dt>Earlier skin cancer</dt><dd>melanoma</dd>" in page
    assert "<dt>Urgent</dt> <dd>it bleeds without an injury</dd>" in page
    assert "<dt>Soon</dt> <dd>there was a skin cancer before</dd>" in page
    assert (MODEL_SECTION in page) is not is_blind


@pytest.mark.parametrize("is_merged", [True, False])
def test_a_biopsy_result_for_a_spot_that_was_merged_or_deleted_meanwhile_is_not_stored(
    staff, make, monkeypatch, is_merged
):
    case, other = make("done"), make("done")
    make_histology(other.lesion, diagnosis="melanoma")
    enter = reviewing.enter_histology

    def merge_and_enter(lesion, **answers):
        if is_merged:
            moving.move_photos([case], other.lesion, by=answers["by"])
        else:
            case.lesion.delete()
        return enter(lesion, **answers)

    monkeypatch.setattr(reviewing, "enter_histology", merge_and_enter)
    address = reverse("diagnosis:histology", args=[case.lesion_id])
    today = timezone.localdate().isoformat()
    answer = staff.post(address, {"diagnosis": "benign", "taken_on": today}, follow=True)
    shown = {text for text in (MERGED, DELETED) if str(text) in unescape(answer.content.decode())}
    assert shown == {MERGED if is_merged else DELETED}
    assert [str(histology.diagnosis) for histology in Histology.objects.all()] == ["melanoma"]
