import tarfile
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from diagnosis.operations.backup import BackupError, archive, restore
from tests.diagnosis.operations.backup.tars import encoded, manifest, plant, rewrite


def without_database(file):
    """Return the changes that remove the database from a backup and from its manifest."""
    facts = manifest(file)
    del facts["files"][archive.DATABASE]
    return {archive.DATABASE: None, archive.MANIFEST: encoded(facts)}


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_text("no archive at all"),
        lambda file: rewrite(file, **{archive.DATABASE: b"another"}),
        lambda file: rewrite(file, **{archive.DATABASE: None}),
        lambda file: rewrite(file, **{"photos/more.jpg": b"more"}),
        lambda file: rewrite(file, **{archive.MANIFEST: b"{"}),
        lambda file: rewrite(file, **{archive.MANIFEST: b"{}"}),
        lambda file: rewrite(file, **{archive.MANIFEST: b"[]"}),
        lambda file: rewrite(file, **{archive.MANIFEST: b'{"format": 1, "files": 7}'}),
        lambda file: rewrite(file, **{archive.MANIFEST: b"[" * 100_000}),
        lambda file: rewrite(file, **{archive.MANIFEST: None}),
        lambda file: rewrite(file, **without_database(file)),
    ],
)
def test_a_restore_refuses_a_damaged_archive(plain, damage):
    damage(plain)
    with pytest.raises(CommandError, match=r"^[^\n]+ is damaged or not a backup [^\n]+\.$"):
        call_command("restore", str(plain), "--unauthenticated")


UNUSUAL = ["/{}", "../{}", "a/../../{}", "a//{}", "./{}", "a/..\\{}", "{}/"]


@pytest.fixture
def elsewhere(tmp_path):
    """A folder outside the restore's own folders."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    "pattern", [folder + pattern for folder in ("models/", "photos/") for pattern in UNUSUAL]
)
def test_a_restore_refuses_names_that_lead_elsewhere_or_are_unusual(
    plain, elsewhere, emptied, pattern
):
    plant(plain, tarfile.TarInfo(pattern.format(elsewhere / "x")))
    emptied()
    with pytest.raises(BackupError, match="not the name of a file in a backup"):
        restore(plain, is_plain_accepted=True)
    assert [*elsewhere.iterdir()] == []
    assert not Path(default_storage.path("")).exists()


@pytest.mark.parametrize(
    "name", ["", "secret_key", "/etc/passwd", "models", "photos/", "database/x"]
)
def test_a_restore_refuses_names_that_no_backup_has(plain, name):
    plant(plain, tarfile.TarInfo(name))
    with pytest.raises(BackupError, match="not the name of a file in a backup"):
        restore(plain, is_plain_accepted=True)


def special(kind):
    info = tarfile.TarInfo("models/special")
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE],
)
def test_a_restore_accepts_only_regular_files(plain, kind):
    plant(plain, special(kind))
    with pytest.raises(BackupError, match="is not a regular file"):
        restore(plain, is_plain_accepted=True)


def test_a_restore_refuses_a_file_that_claims_to_be_larger_than_it_is(plain):
    sparse = tarfile.TarInfo("models/sparse")
    sparse.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.map": "0,1",
        "GNU.sparse.size": str(2**40),
    }
    plant(plain, sparse)
    with pytest.raises(BackupError, match="is not a regular file"):
        restore(plain, is_plain_accepted=True)


def test_a_restore_refuses_a_repeated_name(plain, screening):
    plant(plain, tarfile.TarInfo(f"photos/{screening.photo.name}"))
    with pytest.raises(BackupError, match="occurs twice"):
        restore(plain, is_plain_accepted=True)


def test_a_restore_limits_its_memory(plain, monkeypatch):
    monkeypatch.setitem(archive.MOST_BYTES, archive.PHOTOS, 100)
    with pytest.raises(BackupError, match="is too large"):
        restore(plain, is_plain_accepted=True)


def test_a_missing_file_is_reported(db, file):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("restore", str(file))


def test_a_folder_instead_of_a_backup_is_reported(db, tmp_path):
    with pytest.raises(CommandError, match=r"^\S+ cannot be read \(Is a directory\): [^\n]+\.$"):
        call_command("restore", str(tmp_path))
