import pytest
from django.utils import timezone

from diagnosis.models import Answers, Profile, Screening
from diagnosis.outcomes import person

NOTICED = "Spot first noticed"
ALL = ["everything"] * 20


@pytest.mark.parametrize(
    ("answers", "noticed"),
    [
        ({"is_new": True, "unsure": []}, "within a few months"),
        ({"unsure": []}, "longer ago"),
        ({"unsure": ["is_new"]}, "unknown"),
        ({"unsure": None}, "unknown"),
    ],
)
def test_how_long_the_person_has_had_the_spot_is_a_fact(make, answers, noticed):
    screening = make("done")
    Answers.objects.create(screening=screening, **answers)
    assert dict(person.facts(screening))[NOTICED] == noticed


def test_with_a_later_photo_it_is_not_asked_and_not_said(make):
    first = make("done")
    later = make("done", lesion=first.lesion)
    Answers.objects.create(screening=later, unsure=[])
    assert NOTICED not in dict(person.facts(later))


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"bleeds": True}, "It bleeds without a knock or scratch"),
        ({"unsure": []}, "None of the signs asked about"),
        ({"unsure": ["bleeds"]}, "Yes to none of the signs; not all are known"),
        ({"unsure": None}, "Yes to none of the signs; not all are known"),
        ({"unsure": ALL}, "They could not say of any sign whether it is there"),
    ],
)
def test_what_was_left_open_is_not_said_as_a_no(make, answers, said):
    assert person.said(Answers(screening=make("done"), **answers)) == [said]


@pytest.mark.parametrize(
    ("said", "earlier", "immune"),
    [
        (False, "none told", "no weakness told"),
        (None, "unknown", "unknown"),
        (True, "melanoma and another skin cancer", "weakened"),
    ],
)
def test_a_doctor_reads_a_no_only_where_the_person_said_so(make, said, earlier, immune):
    screening = make("done")
    history = {"had_melanoma": said, "had_skin_cancer": said, "is_immune_weak": said}
    Profile.objects.update(answered_at=timezone.now(), **history)
    facts = dict(person.facts(Screening.objects.get(pk=screening.pk)))
    assert (facts["Earlier skin cancer"], facts["Immune system"]) == (earlier, immune)
