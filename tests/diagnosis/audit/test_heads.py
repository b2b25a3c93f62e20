"""A head that is kept outside the database reveals that the trail's last entries were deleted."""

import logging

import pytest

from diagnosis.audit import daily_check, heads, trail
from diagnosis.audit.heads import Head
from diagnosis.models import AuditCheck, AuditEntry, AuditHead
from tests.diagnosis.audit.conftest import remove

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path / "audit"


def cut_off(number):
    """Remove all entries after this number, and every trace of them in the database."""
    remove(*range(number + 1, 10))
    last = AuditEntry.objects.get(number=number)
    AuditHead.objects.update(number=number, hash=last.hash)


@pytest.mark.usefixtures("trail")
def test_a_kept_head_reveals_that_the_last_entries_are_gone():
    kept = heads.last()
    assert heads.fault(kept) == ""
    cut_off(3)
    assert heads.fault(kept) == "entry 5 is missing, although a kept head names it"
    for _ in range(3):
        trail.record(AuditEntry.Action.VIEW)
    assert heads.fault(kept) == "entry 5 has another hash than the kept head"


@pytest.mark.usefixtures("trail")
def test_the_daily_head_is_logged_and_appended_to_a_file(folder, caplog):
    caplog.set_level(logging.INFO, "diagnosis.trail.heads")
    daily_check.run()
    trail.record(AuditEntry.Action.VIEW)
    daily_check.run()
    written = (folder / "heads").read_text()
    assert [line.head.number for line in heads.read(written)] == [5, 6]
    assert str(heads.last()) in caplog.records[-1].message
    assert heads.read(caplog.records[-1].message)[0].head == heads.last()


def test_an_empty_trail_has_no_head(folder):
    daily_check.run()
    assert not folder.exists()


@pytest.mark.usefixtures("trail")
def test_the_daily_check_stores_its_counts_and_logs_each_fault(caplog, settings):
    daily_check.run()
    check = AuditCheck.objects.get()
    assert (check.entries, check.faults, check.unchecked) == (5, 0, 0)
    AuditEntry.objects.filter(number=3).update(actor=7)
    settings.ROOT_KEYS = ("another-root", *settings.ROOT_KEYS)
    trail.record(AuditEntry.Action.VIEW)
    settings.ROOT_KEYS = settings.ROOT_KEYS[1:]
    daily_check.run()
    check = AuditCheck.objects.get()
    assert (check.entries, check.faults, check.unchecked) == (6, 1, 1)
    assert "audit trail: entry 3 was changed" in caplog.messages


@pytest.mark.usefixtures("trail")
def test_a_head_that_cannot_be_written_is_logged_as_an_error(folder, caplog):
    folder.write_text("a file where the folder should be")
    daily_check.run()
    assert "audit trail: the hash of its last entry was not kept or not stamped" in caplog.messages
    assert AuditCheck.objects.exists()


@pytest.mark.parametrize("text", ["", "5", f"5:{'g' * 64}", "no head at all"])
def test_text_without_a_head_is_refused(text):
    with pytest.raises(ValueError, match="no head"):
        heads.read(text)


def test_a_head_is_read_from_a_line_of_any_log():
    (kept,) = heads.read(f'{{"event": "audit trail: the last entry is 7:{"a" * 64}"}}\nanother')
    assert kept == (Head(7, "a" * 64), None)
