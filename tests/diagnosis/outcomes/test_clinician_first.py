"""With skin type IV, V or VI, a result is shown only together with a clinician's reading."""

import pytest
from django.urls import reverse

from accounts.models import SkinType
from diagnosis.lesions import letter
from diagnosis.lesions import texts as letter_texts
from diagnosis.models import Answers, Lesion, Notice, Profile, Screening
from diagnosis.models.decisions import due
from diagnosis.outcomes import outcomes, texts
from diagnosis.rules.urgency import Urgency
from tests.factories import make_review, make_user


@pytest.fixture
def screening(owner, make, reviewer):
    owner.skin_type = SkinType.VI
    owner.save()
    return make("done", tier="watch")


@pytest.mark.parametrize("skin_type", ["", *SkinType])
def test_with_skin_types_4_to_6_a_result_waits_for_a_clinician(owner, screening, skin_type):
    owner.skin_type = skin_type
    owner.save()
    outcome = outcomes.describe(Screening.objects.get())
    assert (outcome.kind == "withheld") == (skin_type in {"IV", "V", "VI"})


def test_the_text_about_darker_skin_also_describes_the_lightest_of_these_types():
    assert SkinType.IV.label.startswith("Olive to light brown")
    assert "olive, light brown or darker" in texts.CLINICIAN_FIRST


@pytest.mark.parametrize("tier", ["urgent", "soon", "watch"])
@pytest.mark.parametrize("name", ["", "my father"])
def test_without_a_skin_type_or_a_clinician_no_result_is_shown(owner, make, tier, name):
    Profile.objects.create(owner=owner, name=name, birth_year=1970)
    screening = make("done", tier=tier, asks_first=True)
    Lesion.objects.update(profile=Profile.objects.get(name=name))
    outcome = outcomes.describe(Screening.objects.get(pk=screening.pk))
    assert (outcome.kind, outcome.also) == ("withheld", "skin_type")
    assert outcome.heading == texts.NOBODY_HEADING
    assert outcome.paragraphs == (texts.NOBODY, texts.DO_NOT_WAIT, texts.TAP_SKIN)
    assert outcome.frequency == ""
    assert not Screening.objects.shown().exists()


def test_without_a_skin_type_a_clinician_reads_first(owner, make, reviewer):
    Profile.objects.create(owner=owner, birth_year=1970)
    screening = make("done", tier="soon", asks_first=True)
    outcome = outcomes.describe(screening)
    assert (outcome.heading, outcome.action) == (texts.CLINICIAN_FIRST_HEADING, "report")
    assert (outcome.paragraphs[0], outcome.paragraphs[-1]) == (texts.NO_SKIN_COLOUR, texts.TAP_SKIN)
    assert "A clinician reads the photo by" in outcome.paragraphs[1]
    assert outcomes.in_a_list(screening) == texts.IN_A_LIST["withheld"]
    assert str(letter_texts.SKIN_UNKNOWN) in letter.requested(screening)


@pytest.mark.parametrize("skin_type", ["", "VI"])
def test_the_letter_promises_no_reading_where_no_clinician_reads_photos(owner, make, skin_type):
    owner.skin_type = skin_type
    owner.save()
    Profile.objects.create(owner=owner, birth_year=1970)
    requested = letter.requested(make("done", tier="soon", asks_first=True))
    assert "skin" in requested
    assert "clinician reads" not in requested


@pytest.mark.parametrize(("skin_type", "is_unopened"), [("", True), ("VI", False)])
def test_the_notice_of_an_urgent_result_stays_unopened_without_a_skin_type(
    owner, owner_client, make, skin_type, is_unopened
):
    owner.skin_type = skin_type
    owner.save()
    Profile.objects.create(owner=owner, birth_year=1970)
    screening = make("done", tier="urgent", asks_first=True)
    Notice.objects.note_result(screening)
    owner_client.get(screening.get_absolute_url())
    assert Notice.objects.unopened().exists() is is_unopened


def test_a_photo_without_a_model_answer_asks_for_no_skin_type(owner, make):
    Profile.objects.create(owner=owner, birth_year=1970)
    assert outcomes.describe(make("done", tier="", asks_first=True)).kind == "unanswered"


def test_a_reading_is_shown_without_a_skin_type(owner, make, reviewer):
    Profile.objects.create(owner=owner, birth_year=1970)
    screening = make("done", tier="watch", asks_first=True)
    make_review(screening, reviewer, "urgent")
    assert outcomes.describe(screening).kind == "urgent"
    assert Screening.objects.shown().exists()


def test_the_page_gives_the_reason_instead_of_the_result(owner_client, screening):
    page = owner_client.get(screening.get_absolute_url()).content.decode()
    assert str(texts.CLINICIAN_FIRST_HEADING) in page
    assert "Of 100 photos" not in page
    assert "all-clear: photograph" not in page


def test_worrying_answers_call_for_a_doctor_without_waiting_for_a_reading(screening):
    Answers.objects.create(screening=screening, bleeds=True)
    outcome = outcomes.describe(screening)
    assert outcome.kind == "urgent"
    assert outcome.heading.startswith("You told us that it bleeds")
    assert outcomes.in_a_list(screening).startswith(str(texts.IN_A_LIST["urgent"]))


@pytest.mark.parametrize("name", ["history", "lesions", "lesion"])
def test_no_list_reveals_the_tier(owner_client, screening, name):
    address = reverse(f"diagnosis:{name}", args=[screening.lesion_id] if name == "lesion" else [])
    page = owner_client.get(address).content.decode()
    assert "Waits for a clinician" in page
    # The history's filter lists every tier as a choice.
    assert f"{texts.IN_A_LIST['watch']}<" not in page.replace("</option>", "")


def test_the_history_filter_does_not_reveal_the_tier(owner_client, screening):
    page = owner_client.get(reverse("diagnosis:history"), {"tier": "watch"}).content.decode()
    assert "No photo matches" in page


def test_the_result_is_shown_with_the_reading(screening, reviewer):
    make_review(screening, reviewer)
    outcome = outcomes.describe(Screening.objects.get())
    assert outcome.kind == "soon"
    assert outcome.reading == texts.VERDICT_TEXTS["soon"]


@pytest.mark.parametrize("verdicts", [["unusable"], ["watch", "unusable"]])
def test_the_result_stays_hidden_if_the_clinician_could_not_judge_the_photo(
    screening, reviewer, verdicts
):
    for verdict in verdicts:
        make_review(screening, reviewer, verdict)
    fresh = Screening.objects.with_outcome().get()
    assert fresh.decision.urgency is None
    assert outcomes.describe(fresh).heading == texts.UNUSABLE_HEADING
    assert not Screening.objects.shown().exists()


@pytest.mark.parametrize("verdicts", [["unusable"], ["soon", "unusable"]])
def test_a_result_that_asks_for_a_doctor_is_shown_although_the_photo_is_unusable(
    screening, reviewer, verdicts
):
    screening.predictions.update(tier="urgent")
    for verdict in verdicts:
        make_review(screening, reviewer, verdict)
    assert Screening.objects.with_outcome().get().decision.urgency is Urgency.URGENT
    assert Screening.objects.shown().exists()


def test_the_result_stays_hidden_after_the_clinicians_account_is_deleted(screening, reviewer):
    for verdict in ("watch", "unusable"):
        make_review(screening, reviewer, verdict)
    reviewer.delete()
    assert Screening.objects.with_outcome().get().decision.urgency is None
    assert not Screening.objects.shown().exists()


def test_without_a_skin_type_an_unusable_photo_still_asks_for_it(screening, owner, reviewer):
    owner.skin_type = ""
    owner.save()
    Profile.objects.update(birth_year=1974, answered_at=screening.created_at)
    Screening.objects.update(asks_first=True)
    make_review(screening, reviewer, "unusable")
    outcome = outcomes.describe(Screening.objects.with_outcome().get())
    assert (outcome.paragraphs, outcome.also) == ((texts.TAP_SKIN,), "skin_type")


def test_the_advised_weeks_begin_with_the_first_reading(screening, reviewer):
    screening.predictions.update(tier="urgent")
    first = make_review(screening, reviewer, "unusable")
    make_review(screening, make_user("second@example.org"), "soon")
    fresh = Screening.objects.with_outcome().get()
    assert due.since(fresh, Urgency.URGENT) == first.reviewed_at
