import pytest
from django.utils import timezone

from diagnosis.models import Answers, Profile, Screening
from diagnosis.rules import checklist
from diagnosis.screenings.question_forms import QUESTIONS, AnswersForm, ProfileForm
from tests.factories import ABOUT

pytestmark = pytest.mark.django_db


def answered(screening, owner, **answers):
    form = AnswersForm(answers, screening=screening, by=owner)
    assert form.is_valid()
    return form.save()


def test_twelve_questions_are_asked_and_every_answer_is_stored(screening, make, owner):
    later = make(lesion=screening.lesion)
    for photo in (screening, later):
        assert len(AnswersForm(screening=photo, by=owner).fields) == 12
    stored = {field.name for field in Answers._meta.get_fields()}
    assert {*QUESTIONS} - {"lump"} <= {*checklist.QUESTIONS} <= stored


@pytest.mark.parametrize(("answer", "stored"), [("unsaid", ""), ("", ""), ("IV", "IV")])
def test_no_skin_colour_is_preselected_and_none_is_required(owner, answer, stored):
    profile = Profile.objects.create(owner=owner)
    assert "checked" not in str(ProfileForm(instance=profile, by=owner)["skin_type"])
    form = ProfileForm(ABOUT | {"skin_type": answer}, instance=profile, by=owner)
    assert form.is_valid()
    assert form.cleaned_data["skin_type"] == stored


def test_whether_the_spot_is_new_is_asked_only_with_its_first_photo(screening, make, owner):
    later = make(lesion=screening.lesion)
    assert "changed_since_last" not in AnswersForm(screening=screening, by=owner).fields
    assert "is_new" not in AnswersForm(screening=later, by=owner).fields


@pytest.mark.parametrize(("site", "initial"), [("palm", "yes"), ("toenail", "yes"), ("toe", None)])
def test_a_spot_on_a_palm_sole_or_nail_has_yes_preselected(screening, owner, site, initial):
    screening.lesion.body_site = site
    form = AnswersForm(screening=screening, by=owner)
    assert form.get_initial_for_field(form.fields["is_acral"], "is_acral") == initial


def test_yes_no_and_not_known_are_distinguished_and_shown_again(screening, owner):
    answers = answered(screening, owner, bleeds="yes", is_acral="no", is_oozing="unsure", lump="no")
    assert answers.ticked == ("bleeds",)
    assert "is_oozing" in answers.unsure
    assert "changed_size" in answers.unsure  # no answer was given
    assert "is_acral" not in answers.unsure
    initial = AnswersForm(screening=Screening.objects.get(), by=owner).initial
    names = ("bleeds", "is_acral", "is_oozing", "lump")
    assert [initial[name] for name in names] == ["yes", "no", "unsure", "no"]


@pytest.mark.parametrize(
    ("answer", "ticked"),
    [("yes", ("is_raised",)), ("grows", ("is_raised", "is_growing_lump")), ("no", ()), ("", ())],
)
def test_a_lump_is_stored_as_raised_and_perhaps_as_growing(screening, owner, answer, ticked):
    assert answered(screening, owner, lump=answer).ticked == ticked
    initial = AnswersForm(screening=Screening.objects.get(), by=owner).initial["lump"]
    assert initial == (answer or "unsure")


def test_an_unticked_box_of_earlier_forms_is_not_a_no(screening, owner):
    Answers.objects.create(screening=screening, bleeds=True)
    assert AnswersForm(screening=screening, by=owner).initial == {"bleeds": "yes"}


@pytest.fixture
def profile(owner):
    return Profile.objects.create(owner=owner)


@pytest.mark.parametrize(
    ("earlier", "flags"),
    [
        ("no", (False, False)),
        ("unsure", (None, None)),
        ("melanoma", (True, False)),
        ("other", (False, True)),
        ("both", (True, True)),
    ],
)
def test_the_answers_about_a_person_are_stored(profile, owner, earlier, flags):
    data = {"birth_year": "1970", "sex": "female", "skin_type": "II", "earlier": earlier}
    form = ProfileForm(data | {"is_immune_weak": "yes"}, instance=profile, by=owner)
    assert form.is_valid()
    form.save_profile()
    profile.refresh_from_db()
    owner.refresh_from_db()
    assert (profile.had_melanoma, profile.had_skin_cancer) == flags
    assert (profile.birth_year, profile.is_immune_weak, owner.skin_type) == (1970, True, "II")
    chosen = None if earlier == "unsure" else earlier
    assert ProfileForm(instance=profile, by=owner).initial["earlier"] == chosen


@pytest.mark.parametrize("answered_at", [None, timezone.now()])
@pytest.mark.parametrize("name", ["is_immune_weak", "earlier", "sex", "skin_type"])
def test_no_answer_is_preselected_that_the_person_did_not_give(profile, owner, name, answered_at):
    # An earlier form left these answers unknown, but the person has not chosen "don't know".
    profile.answered_at = answered_at
    assert "checked" not in str(ProfileForm(instance=profile, by=owner)[name])


@pytest.mark.parametrize("name", ["is_immune_weak", "earlier"])
def test_questions_about_health_are_required(profile, owner, name):
    form = ProfileForm({**ABOUT, name: ""}, instance=profile, by=owner)
    assert list(form.errors) == [name]


@pytest.mark.parametrize(("answer", "stored"), [("yes", True), ("no", False), ("unsure", None)])
def test_an_unknown_weak_immune_system_is_not_stored_as_a_no(profile, owner, answer, stored):
    form = ProfileForm(ABOUT | {"is_immune_weak": answer}, instance=profile, by=owner)
    assert form.is_valid()
    assert form.save_profile().is_immune_weak is stored
    chosen = None if answer == "unsure" else answer
    assert ProfileForm(instance=profile, by=owner).initial["is_immune_weak"] == chosen


@pytest.mark.parametrize(("answer", "stored"), [("female", "female"), ("unsaid", ""), ("", "")])
def test_the_sex_may_be_left_out(profile, owner, answer, stored):
    form = ProfileForm(ABOUT | {"sex": answer}, instance=profile, by=owner)
    assert form.is_valid()
    assert form.save_profile().sex == stored


def test_somebody_elses_skin_type_is_not_stored_with_the_account(owner):
    other = Profile.objects.create(owner=owner, name="Partner")
    form = ProfileForm(ABOUT | {"skin_type": "VI"}, instance=other, by=owner)
    assert form.is_valid()
    form.save_profile()
    owner.refresh_from_db()
    assert (Profile.objects.get(name="Partner").skin_type, owner.skin_type) == ("VI", "")


@pytest.mark.parametrize("year", ["", "1492", "3000", "old"])
def test_an_impossible_year_is_refused(profile, owner, year):
    form = ProfileForm({"birth_year": year}, instance=profile, by=owner)
    assert "birth_year" in form.errors
