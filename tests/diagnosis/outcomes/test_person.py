import pytest
from django.utils import timezone

from diagnosis.models import Answers, Profile, Screening
from diagnosis.outcomes import person

NOTICED = "Spot first noticed"
# Only the number of these questions counts.
ALL_UNSURE = ["a question"] * 20


@pytest.mark.parametrize(
    ("answers", "noticed"),
    [
        ({"is_new": True, "unsure": []}, "within a few months"),
        ({"unsure": []}, "longer ago"),
        ({"unsure": ["is_new"]}, "unknown"),
        ({"unsure": None}, "unknown"),
    ],
)
def test_the_facts_say_when_the_spot_was_first_noticed(make, answers, noticed):
    screening = make("done")
    Answers.objects.create(screening=screening, **answers)
    assert dict(person.facts(screening))[NOTICED] == noticed


def test_the_facts_of_a_later_photo_omit_when_the_spot_was_first_noticed(make):
    first = make("done")
    later = make("done", lesion=first.lesion)
    Answers.objects.create(screening=later, unsure=[])
    assert NOTICED not in dict(person.facts(later))


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"bleeds": True}, "It bleeds without a knock or scratch"),
        ({"unsure": []}, "None of the signs in the questions"),
        ({"unsure": ["bleeds"]}, "No sign is answered with yes; some are not known"),
        ({"unsure": None}, "No sign is answered with yes; some are not known"),
        ({"unsure": ALL_UNSURE}, "“Don’t know” for every sign"),
    ],
)
def test_an_unanswered_question_is_not_reported_as_no(make, answers, words):
    assert person.signs(Answers(screening=make("done"), **answers)) == [words]


@pytest.mark.parametrize(
    ("answer", "earlier", "immune"),
    [
        (False, "none reported", "no weakness reported"),
        (None, "unknown", "unknown"),
        (True, "melanoma and another skin cancer", "weakened"),
    ],
)
def test_the_facts_report_no_disease_only_if_the_person_answered_no(make, answer, earlier, immune):
    screening = make("done")
    history = {"had_melanoma": answer, "had_skin_cancer": answer, "is_immune_weak": answer}
    Profile.objects.update(answered_at=timezone.now(), **history)
    facts = dict(person.facts(Screening.objects.get(pk=screening.pk)))
    assert (facts["Earlier skin cancer"], facts["Immune system"]) == (earlier, immune)
