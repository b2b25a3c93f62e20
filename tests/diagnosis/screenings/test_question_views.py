import pytest
from django.contrib.auth import get_user
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from diagnosis.models import Answers, Profile, Screening
from diagnosis.outcomes import outcomes, texts
from diagnosis.screenings import services
from diagnosis.screenings.question_forms import QUESTIONS, ProfileForm
from tests.factories import ABOUT


@pytest.fixture
def waiting(make):
    """A photo whose result waits for answers."""
    return make("done", tier="watch", asks_first=True)


def person_page(profile, screening=None):
    query = {"screening": screening.pk} if screening else None
    return reverse("diagnosis:person", args=[profile.pk], query=query)


def test_both_question_pages_lead_from_the_photo_to_the_result(owner_client, waiting):
    page = owner_client.get(waiting.get_absolute_url()).content.decode()
    about = person_page(waiting.profile, waiting)
    assert about.replace("&", "&amp;") in page
    assert "Not an all-clear" not in page
    services.set_skin_type(waiting.profile, "II", by=waiting.owner)
    response = owner_client.post(about, ABOUT)
    questions = reverse("diagnosis:questions", args=[waiting.pk])
    assert response.url == questions
    response = owner_client.post(questions, {"bleeds": "no"})
    assert response.url == waiting.get_absolute_url()
    assert "Not an all-clear" in owner_client.get(response.url).content.decode()


def test_an_empty_form_stores_that_the_questions_were_asked(owner_client, waiting):
    owner_client.post(reverse("diagnosis:questions", args=[waiting.pk]))
    assert set(Answers.objects.get().unsure) < {*QUESTIONS}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({}, "You answered “Don’t know”"), ({"bleeds": "no"}, "You said yes to none")],
)
def test_an_omitted_answer_is_not_shown_as_a_no(owner_client, make, fields, sentence):
    photo = make("done", tier="soon")
    owner_client.post(reverse("diagnosis:questions", args=[photo.pk]), fields)
    page = owner_client.get(photo.get_absolute_url()).content.decode()
    sentences = [
        words for words in ("You answered “Don’t know”", "You said yes to none") if words in page
    ]
    assert sentences == [sentence]


@pytest.mark.parametrize("name", ["person", "questions", "due", "skin_type"])
def test_nobody_answers_questions_about_somebody_elses_photo(
    client, stranger, reviewer, waiting, name
):
    pk = waiting.profile.pk if name in {"person", "skin_type"} else waiting.pk
    method = "post" if name == "skin_type" else "get"
    for user in (stranger, reviewer):
        client.force_login(user)
        response = getattr(client, method)(reverse(f"diagnosis:{name}", args=[pk]))
        assert response.status_code == 404


@pytest.mark.usefixtures("reviewer")
@pytest.mark.parametrize(
    ("skin_type", "heading"), [("I", "Book an appointment now"), ("VI", "reads this photo")]
)
def test_the_skin_type_takes_one_tap_on_the_photos_page(owner_client, make, skin_type, heading):
    Profile.objects.create(owner=get_user(owner_client), birth_year=1970)
    screening = make("done", tier="soon", asks_first=True)
    address = screening.get_absolute_url()
    page = owner_client.get(address).content.decode()
    assert escape(str(texts.TAP_SKIN)) in page
    assert "Book an appointment now" not in page
    tap = reverse("diagnosis:skin_type", args=[screening.lesion.profile_id])
    assert f'action="{tap}?screening={screening.pk}"' in page
    response = owner_client.post(
        f"{tap}?screening={screening.pk}", {"skin_type": skin_type}, follow=True
    )
    assert response.redirect_chain == [(address, 302)]
    assert heading in response.content.decode()


def test_a_missing_skin_type_is_requested_on_the_photos_page_but_not_on_the_start_page(
    owner_client, waiting
):
    about = person_page(waiting.profile, waiting)
    assert 'name="skin_type"' not in owner_client.get(about).content.decode()
    owner_client.post(about, ABOUT)
    owner_client.post(reverse("diagnosis:questions", args=[waiting.pk]))
    assert "Waiting for you" not in owner_client.get(reverse("diagnosis:home")).content.decode()
    assert (
        escape(str(texts.TAP_SKIN)) in owner_client.get(waiting.get_absolute_url()).content.decode()
    )


def test_the_skin_type_of_a_person_can_be_given_in_the_account(owner_client, waiting):
    page = owner_client.get(person_page(waiting.profile)).content.decode()
    assert 'name="skin_type"' in page


@pytest.mark.parametrize("skin_type", ["", "VII", "x" * 9])
def test_an_unknown_skin_type_is_not_stored(owner_client, owner, skin_type):
    profile = Profile.objects.create(owner=owner)
    owner_client.post(reverse("diagnosis:skin_type", args=[profile.pk]), {"skin_type": skin_type})
    owner.refresh_from_db()
    assert owner.skin_type == ""


@pytest.mark.parametrize(("birth_year", "asked"), [(None, "person"), (1970, "skin_type")])
def test_an_urgency_from_answers_does_not_hide_the_questions_before_the_result(
    owner_client, make, birth_year, asked
):
    screening = make("done", tier="watch", asks_first=True)
    Profile.objects.update(birth_year=birth_year)
    Answers.objects.create(screening=screening, changed_size=True)
    page = owner_client.get(screening.get_absolute_url()).content.decode()
    assert "You told us that it has changed in size" in page
    assert reverse(f"diagnosis:{asked}", args=[screening.lesion.profile_id]) in page


def test_answers_about_a_person_need_the_same_statements_for_any_number_of_photos(
    owner_client, make, owner
):
    def statements(photos):
        while Screening.objects.count() < photos:
            Answers.objects.create(screening=make("done", tier="watch"), bleeds=True)
        with CaptureQueriesContext(connection) as captured:
            owner_client.post(person_page(owner.profiles.get()), ABOUT)
        return len(captured)

    statements(1)  # not counted: the first request of an hour needs more
    assert statements(1) == statements(6)


def test_a_person_deleted_while_the_form_is_sent_is_not_found(owner_client, owner, monkeypatch):
    father = Profile.objects.create(owner=owner, name="my father")
    clean_birth_year = ProfileForm.clean_birth_year

    def clean(form):
        Profile.objects.all().delete()
        return clean_birth_year(form)

    monkeypatch.setattr(ProfileForm, "clean_birth_year", clean)
    assert owner_client.post(person_page(father), ABOUT).status_code == 404


SENT = {
    "diagnosis:questions": {"bleeds": "yes"},
    "diagnosis:person": ABOUT,
    "diagnosis:scale": {"remove": ""},
    "diagnosis:lesion_edit": {"name": "x"},
    "diagnosis:consent": {"allow": ""},
    "diagnosis:skin_type": {"skin_type": "V"},
    "accounts:skin": {"skin_type": "V"},
}


@pytest.mark.parametrize("name", SENT)
def test_every_form_has_a_rate_limit(owner_client, make, settings, name):
    # Each form adds to the audit trail, which is kept for good.
    settings.UPLOADS_PER_HOUR = 1
    screening = make("done", tier="watch")
    numbers = {
        "diagnosis:questions": [screening.pk],
        "diagnosis:person": [screening.lesion.profile_id],
        "diagnosis:skin_type": [screening.lesion.profile_id],
        "diagnosis:scale": [screening.pk],
        "diagnosis:lesion_edit": [screening.lesion_id],
    }
    url = reverse(name, args=numbers.get(name, []))
    answered = [owner_client.post(url, SENT[name]) for _ in range(4)]
    assert [response.status_code for response in answered] == [302, 302, 302, 429]
    # Counting restarts on the hour.
    assert 0 < int(answered[-1]["Retry-After"]) <= 3600
    assert "Nothing was stored." in answered[-1].content.decode()


@pytest.mark.parametrize("query", ["screening=x", "screening=", ""])
def test_without_a_valid_screening_in_the_query_the_form_leads_to_the_account(
    owner_client, owner, query
):
    profile = Profile.objects.create(owner=owner)
    response = owner_client.post(f"{person_page(profile)}?{query}", ABOUT)
    assert response.url == reverse("accounts:settings")


@pytest.mark.parametrize(("tier", "status"), [("urgent", 200), ("watch", 200), ("", 404)])
def test_the_calendar_entry_has_the_pages_day_and_reveals_nothing(owner_client, make, tier, status):
    screening = make("done", tier=tier)
    response = owner_client.get(reverse("diagnosis:due", args=[screening.pk]))
    assert response.status_code == status
    if status == 200:
        day = outcomes.describe(screening).day
        assert f"DTSTART;VALUE=DATE:{day:%Y%m%d}" in response.content.decode()
        assert b"doctor" not in response.content
