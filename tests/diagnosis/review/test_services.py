from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.access.roles import reviewers
from diagnosis.models import AuditEntry, Claim, Histology, Impression, Screening
from diagnosis.review import claims
from diagnosis.review import services as reviewing
from diagnosis.rules.urgency import Urgency
from diagnosis.screenings import services
from tests.factories import make_user


@pytest.fixture
def second_reviewer(db):
    user = make_user("rolf@example.org", is_staff=True)
    user.groups.add(reviewers())
    return user


@pytest.fixture
def case(make):
    def build(tier="watch", **fields):
        return make("done", tier=tier, **{"readings_due": 1, "urgency": 1} | fields)

    return build


def expire_claims():
    Claim.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_deleting_the_account_of_a_clinician_who_corrected_a_note_changes_no_decision(
    case, reviewer, second_reviewer
):
    screening, third = case("soon"), make_user("cleo@example.org", is_staff=True)
    for by, read in ((reviewer, "watch"), (second_reviewer, "urgent"), (third, "urgent")):
        reviewing.record_reading(screening, by=by, verdict=read)
    reviewing.record_reading(screening, by=reviewer, verdict="watch", note="flat, even")
    before = Screening.objects.with_outcome().get()
    reviewer.delete()
    after = Screening.objects.with_outcome().get()
    assert (before.decision.urgency, after.decision) == (Urgency.URGENT, before.decision)
    assert after.findings == before.findings


def test_the_most_urgent_case_comes_first_and_then_the_oldest(case, reviewer):
    old = timezone.now() - timedelta(days=1)
    case()
    case(urgency=3)
    case(urgency=2, created_at=old - timedelta(days=9))
    first = case(urgency=3, created_at=old)
    assert claims.take_next(by=reviewer) == first


def test_two_clinicians_get_different_cases(case, reviewer, second_reviewer):
    cases = {case(), case()}
    assert {claims.take_next(by=reviewer), claims.take_next(by=second_reviewer)} == cases
    assert claims.take_next(by=make_user("rosa@example.org")) is None


def test_a_claimed_case_stays_claimed_until_its_time_is_over(case, reviewer, second_reviewer):
    screening = case()
    assert claims.claim(screening, by=reviewer)
    assert not claims.claim(screening, by=second_reviewer)
    expire_claims()
    assert claims.claim(screening, by=second_reviewer)
    assert not claims.claim(screening, by=reviewer)


def test_claiming_a_case_again_extends_the_claim(case, reviewer):
    screening = case()
    claims.claim(screening, by=reviewer)
    Claim.objects.update(expires_at=timezone.now() + timedelta(seconds=5))
    claims.claim(screening, by=reviewer)
    assert Claim.objects.get().expires_at > timezone.now() + timedelta(minutes=5)
    assert AuditEntry.objects.filter(action="claim").count() == 1


def test_a_released_case_is_free(case, reviewer, second_reviewer):
    screening = case()
    claims.claim(screening, by=reviewer)
    claims.release(screening, by=second_reviewer)
    assert not claims.claim(screening, by=second_reviewer)
    claims.release(screening, by=reviewer)
    assert claims.claim(screening, by=second_reviewer)


def test_nobody_reads_a_case_twice_or_their_own(case, owner, reviewer, second_reviewer):
    screening = case("urgent", readings_due=2)
    claims.claim(screening, by=reviewer)
    reviewing.record_reading(screening, by=reviewer, verdict="soon")
    assert claims.take_next(by=reviewer) is None
    assert claims.take_next(by=owner) is None
    assert claims.take_next(by=second_reviewer) == screening


def test_a_disagreement_requires_a_third_reading(case, reviewer, second_reviewer):
    screening = case("urgent", readings_due=2)
    for clinician, verdict, due in ((reviewer, "soon", 1), (second_reviewer, "watch", 1)):
        reviewing.record_reading(screening, by=clinician, verdict=verdict)
        screening.refresh_from_db()
        assert screening.readings_due == due
    third = make_user("rosa@example.org")
    reviewing.record_reading(screening, by=third, verdict="soon")
    screening.refresh_from_db()
    assert screening.readings_due == 0


def test_a_clinician_who_corrects_a_reading_still_counts_once(case, reviewer):
    screening = case("urgent", readings_due=2)
    for verdict in ("soon", "urgent"):
        reviewing.record_reading(screening, by=reviewer, verdict=verdict)
    screening = Screening.objects.get()
    assert (screening.readings_due, [reading.verdict for reading in screening.readings]) == (
        1,
        ["urgent"],
    )


def test_a_reading_that_is_sent_twice_is_stored_once(case, reviewer):
    screening = case()
    for _ in range(2):
        reviewing.record_reading(screening, by=reviewer, verdict="watch", note="flat")
    assert screening.reviews.count() == 1


def test_a_reading_is_dated_by_the_databases_clock(case, owner, reviewer, monkeypatch):
    screening = case()
    ahead = timezone.now() + timedelta(hours=1)
    with monkeypatch.context() as patched:
        patched.setattr(timezone, "now", lambda: ahead)
        reviewing.record_reading(screening, by=reviewer, verdict="watch")
    services.answer(screening, by=owner, ticked={"changed_size": True})
    assert Screening.objects.get().decision.urgency is Urgency.SOON


def test_during_a_disagreement_the_more_urgent_reading_is_shown(case, reviewer, second_reviewer):
    screening = case("watch")
    reviewing.record_reading(screening, by=reviewer, verdict="soon")
    reviewing.record_reading(screening, by=second_reviewer, verdict="watch")
    assert Screening.objects.get().review.verdict == "soon"
    third = make_user("rosa@example.org")
    reviewing.record_reading(screening, by=third, verdict="watch")
    assert Screening.objects.get().review.verdict == "watch"


def test_a_first_impression_is_never_changed(case, reviewer):
    screening = case()
    for finding in ("urgent", "watch"):
        reviewing.form_impression(screening, by=reviewer, finding=finding)
    assert Impression.objects.get().finding == "urgent"


@pytest.mark.parametrize(
    ("ticked", "places"),
    [("bleeds", (4, 4, 4)), ("changed_size", (3, 3, 4)), ("is_new", (1, 2, 4))],
)
def test_answers_raise_a_cases_place_in_the_queue(case, owner, ticked, places):
    cases = case("watch", urgency=1), case("", urgency=2), case("urgent", urgency=4)
    for photo in cases:
        services.answer(photo, by=owner, ticked={ticked: True})
        photo.refresh_from_db()
    assert tuple(photo.urgency for photo in cases) == places


def test_every_step_is_in_the_audit_trail(case, reviewer):
    screening = case()
    claims.claim(screening, by=reviewer)
    reviewing.form_impression(screening, by=reviewer, finding="soon")
    reviewing.record_reading(screening, by=reviewer, verdict="soon")
    entries = AuditEntry.objects.filter(actor=reviewer.pk).order_by("number")
    assert [entry.action for entry in entries] == ["claim", "reading", "reading"]


def test_a_corrected_biopsy_result_is_kept_but_is_no_longer_valid(case, reviewer, second_reviewer):
    lesion, day = case().lesion, timezone.localdate()
    for clinician, diagnosis in ((reviewer, "benign"), (second_reviewer, "melanoma")):
        reviewing.enter_histology(lesion, by=clinician, diagnosis=diagnosis, taken_on=day)
    assert [str(entry) for entry in lesion.histologies.all()] == ["Melanoma", "Benign"]
    assert Histology.objects.valid().get().entered_by == second_reviewer
    entries = AuditEntry.objects.filter(action="biopsy").order_by("number")
    assert [(entry.actor, entry.detail["is_correction"]) for entry in entries] == [
        (reviewer.pk, False),
        (second_reviewer.pk, True),
    ]
