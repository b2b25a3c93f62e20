"""Database access is not enough to change the audit trail unnoticed."""

from time import process_time

import pytest
from django.utils import timezone

from diagnosis import tasks
from diagnosis.audit import hash_chain, trail, verification
from diagnosis.models import AuditEntry, AuditHead
from skinscreen import keys
from skinscreen.keys import Purpose
from tests.diagnosis.audit.conftest import remove, write_with, write_without_key

pytestmark = pytest.mark.django_db


def faults():
    return verification.check().faults


@pytest.mark.usefixtures("trail")
def test_an_untouched_trail_has_no_fault():
    assert verification.check() == verification.Report(entries=5)


def test_an_empty_trail_has_no_fault():
    assert verification.check() == verification.Report()


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize(
    "change",
    [
        {"actor": 7},
        {"subject": "x"},
        {"action": "claim"},
        {"detail": {"a": 1}},
        {"at": timezone.now()},
        {"key_id": ""},
        {"hash": "0" * 64},
    ],
)
def test_a_changed_row_is_reported(change):
    AuditEntry.objects.filter(number=3).update(**change)
    assert faults()[0] == "entry 3 was changed"


@pytest.mark.usefixtures("trail")
@pytest.mark.parametrize(
    ("numbers", "fault"),
    [
        ([1], "entry 1 is missing"),
        ([3], "entry 3 is missing"),
        ([2, 3], "entries 2 to 3 are missing"),
        ([5], "entry 5 is missing"),
        ([1, 2, 3, 4, 5], "entries 1 to 5 are missing"),
    ],
)
def test_missing_rows_are_reported(numbers, fault):
    remove(*numbers)
    assert faults() == [fault]


@pytest.mark.usefixtures("trail")
def test_deleting_the_last_entry_is_reported_although_the_heads_number_fits():
    remove(5)
    AuditHead.objects.update(number=4)
    assert faults() == ["entry 4 does not match the head"]


@pytest.mark.usefixtures("trail")
def test_entries_beyond_the_head_are_reported():
    AuditHead.objects.update(number=4)
    assert faults() == ["entry 5 comes after the head, entry 4"]


@pytest.mark.usefixtures("trail")
def test_a_row_that_was_rewritten_without_a_key_is_reported():
    entry = AuditEntry.objects.get(number=3)
    entry.actor, entry.key_id = 7, ""
    AuditEntry.objects.filter(number=3).update(
        actor=7, key_id="", hash=hash_chain.plain_hash(entry)
    )
    assert faults() == [
        "entry 3 has no key, unlike an earlier entry: it is forged",
        "entry 4 does not follow entry 3: one or both changed",
    ]


@pytest.mark.usefixtures("trail")
def test_a_completely_rewritten_trail_is_reported():
    remove(1, 2, 3, 4, 5)
    AuditHead.objects.all().delete()
    write_without_key(5)
    (fault,) = faults()
    assert fault.startswith("no entry has a key")


@pytest.mark.usefixtures("trail")
def test_an_entry_hashed_with_a_guessed_key_is_reported():
    write_with(b"guessed", keys.newest(Purpose.AUDIT).id)
    assert faults() == ["entry 6 was changed"]


def test_entries_without_a_key_are_counted_and_protected_by_the_first_keyed_entry():
    write_without_key(3)
    trail.record(AuditEntry.Action.KEYED)
    assert verification.check() == verification.Report(entries=4, of_old_kind=3)
    entry = AuditEntry.objects.get(number=3)
    entry.actor = 7
    AuditEntry.objects.filter(number=3).update(actor=7, hash=hash_chain.plain_hash(entry))
    assert faults() == ["entry 4 does not follow entry 3: one or both changed"]


@pytest.mark.usefixtures("trail")
def test_a_missing_key_is_not_reported_as_a_change(settings):
    old = keys.newest(Purpose.AUDIT).id
    settings.ROOT_KEYS = ("another-root",)
    trail.record(AuditEntry.Action.VIEW)
    report = verification.check()
    assert (report.faults, report.unchecked) == ([], {old: (1, 5, 5)})
    remove(2)
    assert faults() == ["entry 2 is missing"]


@pytest.mark.usefixtures("trail")
def test_entries_of_both_keys_are_checked_after_a_rotation(settings):
    settings.ROOT_KEYS = ("another-root", *settings.ROOT_KEYS)
    trail.record(AuditEntry.Action.VIEW)
    assert verification.check() == verification.Report(entries=6)
    assert AuditEntry.objects.values("key_id").distinct().count() == 2


@pytest.mark.usefixtures("trail")
def test_entries_appended_during_the_check_are_not_faults(monkeypatch):
    take = verification.Walk.take

    def slow(walk, entry):
        if entry.number == 5:
            trail.record(AuditEntry.Action.VIEW)
        take(walk, entry)

    monkeypatch.setattr(verification.Walk, "take", slow)
    assert faults() == []


@pytest.mark.usefixtures("trail")
def test_the_number_of_reported_faults_is_limited(monkeypatch):
    monkeypatch.setattr(verification, "MOST_FAULTS", 2)
    AuditEntry.objects.update(actor=7)
    assert faults() == ["entry 1 was changed", "entry 2 was changed"]


def test_a_million_entries_would_take_less_than_half_of_the_tasks_time():
    for _ in range(20):
        trail.record(AuditEntry.Action.VIEW, model="lite0-5", is_in_shadow=True)
    (entry,) = AuditEntry.objects.filter(number=20).values_list(*verification.FIELDS, named=True)
    walk, started = verification.Walk(), process_time()
    for _ in range(10_000):
        walk.take(entry)
    assert process_time() - started < tasks.check_audit_trail_task.soft_time_limit / 100 / 2
