"""When the last clinician's reading may replace a higher urgency."""

from datetime import timedelta

import pytest
from django.utils import timezone

from diagnosis.models import Answers, Profile, Reminder, Screening
from diagnosis.models.decisions import due
from diagnosis.reminders import reminders
from diagnosis.rules.urgency import Part, Urgency
from diagnosis.screenings.services import answer, describe_person
from tests.factories import make_reminder, make_review, make_user

DAY = 24 * 60  # in minutes


def decision(screening):
    return Screening.objects.with_outcome().get(pk=screening.pk).decision


def read(screening, by, verdict, minutes_ago=0):
    review = make_review(screening, by, verdict)
    review.reviewed_at = timezone.now() - timedelta(minutes=minutes_ago)
    review.save()


@pytest.mark.parametrize(
    ("minutes_ago", "decided"),
    [(5, (Urgency.SOON, Part.ANSWERS)), (-5, (Urgency.WATCH, Part.READING))],
)
def test_a_reading_lowers_the_urgency_only_of_answers_that_the_clinician_knew(
    make, owner, reviewer, minutes_ago, decided
):
    screening = make("done", tier="watch")
    read(screening, reviewer, "watch", minutes_ago)
    answer(screening, by=owner, ticked={"changed_size": True})
    result = decision(screening)
    assert (result.urgency, result.part) == decided


def test_answers_without_a_sign_after_a_reading_change_nothing(make, owner, reviewer):
    screening = make("done", tier="soon")
    read(screening, reviewer, "watch", minutes_ago=5)
    answer(screening, by=owner, ticked={"is_new": True})
    assert decision(screening).urgency is Urgency.WATCH


def tell(screening, **conditions):
    """Store a person's answers about their health."""
    profile = Profile.objects.get(pk=screening.lesion.profile_id)
    for name in ("had_melanoma", "had_skin_cancer", "is_immune_weak"):
        setattr(profile, name, name in conditions)
    describe_person(profile, by=screening.owner, skin_type="II")


@pytest.fixture
def lump(make, owner, reviewer):
    """A photo that a clinician, who knew of two signs and of a skin cancer, has read as `watch`."""
    screening = make("done", tier="watch")
    answer(screening, by=owner, ticked={"is_raised": True, "is_inflamed": True})
    tell(screening, had_skin_cancer=True)
    earlier = timezone.now() - timedelta(hours=1)
    Answers.objects.update(asks_since=earlier, cause_added_at=earlier)
    Profile.objects.update(cause_added_at=earlier)
    read(screening, reviewer, "watch", minutes_ago=5)
    assert decision(screening).urgency is Urgency.WATCH
    return screening


def test_a_new_sign_is_not_lowered_by_an_earlier_reading_although_it_is_as_urgent(lump, owner):
    answer(lump, by=owner, ticked={"feels_different": True})
    assert decision(lump).urgency is Urgency.SOON


@pytest.mark.parametrize("is_inflamed", [True, False])
def test_the_same_or_fewer_signs_are_lowered_by_an_earlier_reading(lump, owner, is_inflamed):
    answer(lump, by=owner, ticked={"is_inflamed": is_inflamed})
    assert decision(lump).urgency is Urgency.WATCH


def test_a_melanoma_told_later_is_not_lowered_by_an_earlier_reading(lump):
    tell(lump, had_melanoma=True, had_skin_cancer=True)
    assert decision(lump).urgency is Urgency.SOON


@pytest.mark.parametrize("cancers", [{"had_skin_cancer": True}, {}])
def test_the_same_or_no_earlier_cancer_is_lowered_by_an_earlier_reading(lump, cancers):
    tell(lump, **cancers)
    assert decision(lump).urgency is Urgency.WATCH


@pytest.fixture
def visited(make):
    """An urgent photo about which the person has reported a visit to a doctor."""
    screening = make("done", tier="urgent")
    make_reminder(screening.lesion, screening=screening, answer="seen", closed_at=timezone.now())
    return screening


def is_visited(screening):
    fresh = Screening.objects.with_outcome().get(pk=screening.pk)
    return due.is_visited(fresh, fresh.decision)


def test_a_sign_or_cancer_told_after_a_visit_asks_for_another_visit(visited, owner):
    assert is_visited(visited)
    answer(visited, by=owner, ticked={"is_new": True})
    assert is_visited(visited)
    answer(visited, by=owner, ticked={"bleeds": True})
    assert not is_visited(visited)
    told_at = Answers.objects.get().cause_added_at
    day = timezone.localdate(told_at + due.WITHIN[Urgency.URGENT])
    assert advised_day(visited) == day
    Answers.objects.update(asks_since=told_at, cause_added_at=told_at + timedelta(days=9))
    assert advised_day(visited) == day
    Answers.objects.update(cause_added_at=told_at)
    reminders.plan_visits()
    Reminder.objects.open().update(answer="seen", closed_at=timezone.now())
    assert is_visited(visited)
    tell(visited, had_melanoma=True)
    assert not is_visited(visited)
    reminders.plan_visits()
    assert Reminder.objects.open().get().due_at > timezone.now()


def test_a_weak_immune_system_told_after_a_visit_makes_a_new_lump_a_new_cause(visited, owner):
    answer(visited, by=owner, ticked={"is_new": True, "is_raised": True})
    make_reminder(visited.lesion, screening=visited, answer="seen", closed_at=timezone.now())
    assert is_visited(visited)
    tell(visited, is_immune_weak=True)
    assert not is_visited(visited)


def test_a_sign_that_was_taken_back_asks_about_no_other_visit(visited, owner):
    for bleeds in (True, False):
        answer(visited, by=owner, ticked={"bleeds": bleeds})
    assert is_visited(visited)
    reminders.plan_visits()
    assert not Reminder.objects.open().exists()


def test_first_answers_do_not_move_the_day_before_the_growth(make, owner):
    sent, grown = (timezone.now() - timedelta(days=days) for days in (90, 30))
    screening = make("done", tier="watch", created_at=sent, has_grown=True, grown_at=grown)
    before = advised_day(screening)
    answer(screening, by=owner, ticked={"is_raised": True})
    assert advised_day(screening) == before


def test_a_new_sign_after_a_reading_starts_a_new_period_for_the_visit(lump, owner):
    visited_at = timezone.now() - timedelta(minutes=1)
    make_reminder(lump.lesion, screening=lump, answer="seen", closed_at=visited_at)
    answer(lump, by=owner, ticked={"feels_different": True})
    fresh = Screening.objects.with_outcome().get(pk=lump.pk)
    assert not due.is_visited(fresh, fresh.decision)


@pytest.mark.parametrize(("minutes_ago", "urgency"), [(5, Urgency.SOON), (-5, Urgency.WATCH)])
def test_a_reading_does_not_lower_the_urgency_of_growth_that_was_measured_later(
    make, reviewer, minutes_ago, urgency
):
    grown = {"has_grown": True, "grown_at": timezone.now()}
    screening = make("done", tier="watch", **grown)
    read(screening, reviewer, "watch", minutes_ago)
    assert decision(screening).urgency is urgency


def test_a_correction_upwards_takes_effect_although_another_clinician_read_last(make, reviewer):
    screening = make("done", tier="urgent")
    second = make_user("second@example.org")
    read(screening, reviewer, "watch", minutes_ago=9)
    read(screening, second, "watch", minutes_ago=6)
    assert decision(screening).urgency is Urgency.WATCH
    read(screening, reviewer, "urgent", minutes_ago=3)
    assert decision(screening).urgency is Urgency.URGENT


def test_the_page_quotes_the_reading_that_decides_not_a_later_repetition(make, reviewer):
    screening = make("done", tier="urgent")
    second = make_user("second@example.org")
    read(screening, reviewer, "watch", minutes_ago=9)
    read(screening, second, "urgent", minutes_ago=6)
    read(screening, reviewer, "watch", minutes_ago=3)
    fresh = Screening.objects.with_outcome().get(pk=screening.pk)
    assert fresh.decision.urgency is Urgency.URGENT
    assert fresh.review.verdict == "urgent"


@pytest.mark.parametrize(
    ("had_melanoma", "ticked"), [(True, {}), (False, {}), (False, {"changed_size": True})]
)
def test_first_answers_without_a_more_urgent_cause_do_not_move_the_day(
    make, owner, had_melanoma, ticked
):
    long_ago = timezone.now() - timedelta(days=90)
    grown = {"has_grown": had_melanoma, "grown_at": long_ago}
    screening = make("done", tier="watch", created_at=long_ago, **grown)
    cancers = {"had_melanoma": had_melanoma, "had_skin_cancer": True}
    Profile.objects.update(answered_at=long_ago, **cancers)
    before = advised_day(screening)
    answer(screening, by=owner, ticked=ticked)
    assert advised_day(screening) == before


@pytest.mark.parametrize(("between", "is_kept"), [("urgent", True), ("watch", False)])
def test_a_clinician_who_reads_a_photo_as_urgent_again_does_not_move_the_day(
    make, reviewer, between, is_kept
):
    screening = make("done", tier="")
    read(screening, reviewer, "urgent", minutes_ago=20 * DAY)
    before = advised_day(screening)
    read(screening, reviewer, between, minutes_ago=10 * DAY)
    read(screening, reviewer, "urgent")
    assert (advised_day(screening) == before) is is_kept


def advised_day(screening):
    fresh = Screening.objects.with_outcome().get(pk=screening.pk)
    return due.day(fresh, fresh.decision)


@pytest.mark.parametrize(("ticked", "is_visited"), [({}, True), ({"changed_size": True}, False)])
def test_a_visit_before_the_first_answers_counts_if_they_add_no_cause(
    make, owner, ticked, is_visited
):
    screening = make("done", tier="watch", created_at=timezone.now() - timedelta(days=9))
    Profile.objects.update(had_skin_cancer=True)
    visited_at = timezone.now() - timedelta(days=1)
    make_reminder(screening.lesion, screening=screening, answer="seen", closed_at=visited_at)
    answer(screening, by=owner, ticked=ticked)
    fresh = Screening.objects.with_outcome().get(pk=screening.pk)
    assert due.is_visited(fresh, fresh.decision) is is_visited


@pytest.mark.parametrize(("status", "has_earlier"), [("refused", False), ("done", True)])
def test_a_refused_photo_is_no_earlier_photo_of_a_spot(make, status, has_earlier):
    first = make(status)
    second = make("done", lesion=first.lesion)
    assert Screening.objects.with_outcome().get(pk=second.pk).has_earlier is has_earlier
