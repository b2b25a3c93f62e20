import pytest
from django.core.management import CommandError, call_command

from diagnosis.audit import heads
from diagnosis.audit import trail as audit
from diagnosis.models import AuditEntry
from tests.diagnosis.audit.conftest import remove, write_without_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def trail(db):
    write_without_key(2)
    for _ in range(3):
        audit.record(AuditEntry.Action.KEYED)


def verify(capsys, *options):
    """Return the exit status and the output."""
    try:
        call_command("verify_audit", *options)
        status = 0
    except CommandError as error:
        status = error.returncode
    output = capsys.readouterr()
    return status, output.out + output.err


def test_an_intact_trail_is_confirmed_and_its_head_printed(capsys):
    status, output = verify(capsys)
    assert status == 0
    assert "Entries checked: 5. Nothing is missing or changed." in output
    assert "Entries of an earlier release, without a key: 2." in output
    assert str(heads.last()) in output


def test_missing_entries_are_listed(capsys):
    remove(2, 4)
    assert verify(capsys) == (1, "entry 2 is missing\nentry 4 is missing\n")


def test_a_missing_key_has_its_own_exit_code(capsys, settings):
    settings.ROOT_KEYS = ("another-root",)
    status, output = verify(capsys)
    assert status == 3
    assert output.startswith("entries 3 to 5: 3 cannot be checked, because their key ")
    remove(4)
    status, output = verify(capsys)
    assert status == 1
    assert "entry 4 is missing" in output


@pytest.mark.parametrize("is_file", [True, False])
def test_kept_heads_are_compared_with_the_trail(capsys, tmp_path, is_file):
    head = value = str(heads.last())
    if is_file:
        value = tmp_path / "heads"
        value.write_text(f"2026-11-29T03:17:00+00:00 {head}\n")
    status, output = verify(capsys, f"--head={value}")
    assert status == 0
    assert "Kept heads that agree with the trail: 1." in output
    other = head[:-1] + ("0" if head[-1] != "0" else "1")
    status, output = verify(capsys, f"--head={other}", f"--head={value}")
    assert (status, output) == (1, "entry 5 has another hash than the kept head\n")


def test_a_text_that_is_not_a_head_is_reported_in_one_sentence(capsys, tmp_path):
    for value in ("5", tmp_path, tmp_path / "absent"):
        with pytest.raises(CommandError, match="contains no head: give NUMBER:HASH"):
            call_command("verify_audit", f"--head={value}")
