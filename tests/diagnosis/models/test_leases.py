import random
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from diagnosis.models import Screening
from tests.factories import make_screening, make_user


def past():
    return timezone.now() - timedelta(hours=1)


def test_a_claim_leases_a_pending_screening_and_counts_the_attempt(screening):
    claimed = Screening.objects.claim_next(screening.pk)
    assert (claimed.status, claimed.attempts) == ("running", 1)
    claimed.refresh_from_db()
    assert (claimed.status, claimed.attempts) == ("running", 1)
    assert claimed.lease_expires_at > timezone.now()


def test_a_second_claim_gets_nothing(screening):
    Screening.objects.claim_next(screening.pk)
    assert Screening.objects.claim_next(screening.pk) is None


@pytest.mark.parametrize("status", ["done", "refused", "failed"])
def test_a_finished_screening_cannot_be_claimed(owner, jpeg, status):
    finished = make_screening(owner, jpeg, status)
    assert Screening.objects.claim_next(finished.pk) is None


def test_a_released_screening_can_be_claimed_again(screening):
    first = Screening.objects.claim_next(screening.pk)
    assert Screening.objects.held(first).release() == 1
    assert Screening.objects.claim_next(screening.pk).attempts == 2


def claims(count=100):
    """Claim photos in the order of their turns. Return the owners' initials, in this order.

    The ids in the messages are random, so no message names a photo.
    """
    claimed = (Screening.objects.claim_next(uuid4()) for _ in range(count))
    return [screening.owner.email[0] for screening in claimed if screening]


def test_people_take_turns_however_many_photos_each_has_sent(db, jpeg):
    for name, count in (("a", 6), ("b", 1), ("c", 3)):
        user = make_user(f"{name}@example.org")
        [make_screening(user, jpeg) for _ in range(count)]
    assert "".join(claims()) == "abcacacaaa"


def test_with_twenty_people_nobody_is_two_photos_ahead(db, jpeg):
    people = {letter: make_user(f"{letter}@example.org") for letter in "abcdefghijklmnopqrst"}
    sent = random.Random(4).choices("aaaaabcdefghijklmnopqrst", k=150)
    for letter in sent:
        make_screening(people[letter], jpeg)
    served, waiting = Counter(dict.fromkeys(people, 0)), Counter(sent)
    for letter in claims(150):
        served[letter] += 1
        behind = min(
            served[person]
            for person in people
            if served[person] < waiting[person] or person == letter
        )
        assert served[letter] - behind <= 1
    assert served == waiting


def test_a_late_person_joins_the_current_round(owner, stranger, jpeg):
    [make_screening(owner, jpeg) for _ in range(4)]
    assert claims(2) == ["o", "o"]
    [make_screening(stranger, jpeg) for _ in range(2)]
    assert "".join(claims()) == "osos"


def test_a_persons_photos_are_read_in_the_order_of_sending(make):
    sent = [make().pk for _ in range(4)]
    assert [Screening.objects.claim_next(uuid4()).pk for _ in sent] == sent


def test_a_photo_whose_worker_died_keeps_its_turn(make):
    first, second = make(), make()
    Screening.objects.held(Screening.objects.claim_next(first.pk)).release()
    assert Screening.objects.claim_next(second.pk) == first


@pytest.mark.parametrize("release", ["release_without_turn", "release_uncounted"])
def test_after_a_failed_attempt_a_photo_is_claimed_only_by_a_message_that_names_it(make, release):
    first, second = make(), make()
    getattr(Screening.objects.held(Screening.objects.claim_next(first.pk)), release)()
    assert Screening.objects.claim_next(uuid4()) == second
    assert Screening.objects.claim_next(uuid4()) is None
    assert Screening.objects.claim_next(first.pk) == first


def test_an_earlier_attempt_does_not_hold_the_next_attempts_lease(screening):
    earlier = Screening.objects.claim_next(screening.pk)
    Screening.objects.held(earlier).release()
    Screening.objects.claim_next(screening.pk)
    assert Screening.objects.held(earlier).succeed(readings_due=1, urgency=1) == 0


def test_a_lease_expires_by_the_databases_clock(owner, jpeg, monkeypatch):
    dead = make_screening(owner, jpeg, "running", lease_expires_at=past())
    make_screening(owner, jpeg, "running")
    monkeypatch.setattr(timezone, "now", lambda: None)
    assert [screening.pk for screening in Screening.objects.expired()] == [dead.pk]


def test_a_screening_counts_as_forgotten_once_queued_for_longer_than_a_lease(owner, jpeg):
    forgotten = make_screening(owner, jpeg, queued_at=past())
    make_screening(owner, jpeg)
    make_screening(owner, jpeg, "running", queued_at=past())
    assert [screening.pk for screening in Screening.objects.forgotten()] == [forgotten.pk]


def test_a_screening_is_exhausted_after_the_last_attempt(owner, jpeg, settings):
    make_screening(owner, jpeg, attempts=settings.MAX_ATTEMPTS - 1)
    exhausted = make_screening(owner, jpeg, attempts=settings.MAX_ATTEMPTS)
    assert [screening.pk for screening in Screening.objects.exhausted()] == [exhausted.pk]


def test_a_finished_screening_has_no_lease(screening):
    claimed = Screening.objects.claim_next(screening.pk)
    Screening.objects.held(claimed).refuse("blurred")
    claimed.refresh_from_db()
    assert (claimed.status, claimed.refusal, claimed.lease_expires_at) == (
        "refused",
        "blurred",
        None,
    )


@pytest.mark.parametrize("waiting", [0, 300])
def test_the_next_turn_is_found_by_an_index(screening, waiting):
    """The index serves the filter and the order, however long the queue is.

    SQLite must choose the index without statistics, which a new database lacks. On PostgreSQL, we
    only check that the query can use it.
    """
    shared = {"owner": screening.owner, "lesion": screening.lesion, "queued_at": timezone.now()}
    size = {"width": 1, "height": 1, "capture": "camera"}
    Screening.objects.bulk_create(Screening(turn=n, **shared, **size) for n in range(waiting))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # With so few rows, PostgreSQL would prefer to scan or sort the table.
            for method in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{method} = off")
        next_one = Screening.objects.waiting().order_by("turn", "created_at")[:1]
        plan = next_one.explain()
    assert "screening_turn" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
