import os

import pytest
from django.core.management import CommandError, call_command

from diagnosis.models import Upkeep
from diagnosis.operations.backup import BackupError, drill, rehearse
from skinscreen.environment import env, env_file


@pytest.fixture(autouse=True)
def database(settings):
    """The database that a drill on PostgreSQL restores into. On SQLite the drill makes a file."""
    settings.DRILL_DATABASE_URL = "postgres://drill@localhost/drill"


@pytest.fixture
def ran(monkeypatch, db):
    """Collect the commands that a drill would run, with their environments."""
    commands = []
    monkeypatch.setattr(
        drill, "_run", lambda environment, *words: commands.append((environment, words))
    )
    return commands


def test_a_drill_restores_and_checks(ran, tmp_path):
    assert rehearse(tmp_path / "one.backup") == tmp_path / "one.backup"
    assert [words for _, words in ran] == [
        ("restore", str(tmp_path / "one.backup")),
        ("verify_audit",),
        ("verify_photos",),
    ]


def test_a_drill_has_the_sites_keys_and_reaches_none_of_its_servers(
    ran, tmp_path, monkeypatch, settings
):
    for name in ("SKINSCREEN_SMTP_HOST", "REDIS_URL", "SKINSCREEN_S3_BUCKET", "SKINSCREEN_ENV"):
        monkeypatch.setenv(name, "production")
    (tmp_path / ".env").write_text("SKINSCREEN_S3_BUCKET=photos\n")
    monkeypatch.setattr(env, "BASE_DIR", tmp_path)
    rehearse(tmp_path / "one.backup", is_plain_accepted=True)
    environment, words = ran[0]
    # The commands of a drill load `.env` in the same way.
    env_file.load(environment)
    assert words[-1] == "--unauthenticated"
    assert environment["SKINSCREEN_ROOT_KEYS"] == ",".join(settings.ROOT_KEYS)
    assert environment["SKINSCREEN_ENV"] == "local"
    assert environment["SKINSCREEN_HOME"].startswith(str(settings.HOME / "scratch" / "drill-"))
    assert not {"SKINSCREEN_SMTP_HOST", "REDIS_URL", "SKINSCREEN_S3_BUCKET"} & {*environment}


def test_a_drill_takes_the_newest_backup_of_a_folder(ran, tmp_path):
    for age, name in enumerate(["newest.tar", "new.backup", "old.backup"]):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    assert rehearse(tmp_path) == tmp_path / "new.backup"


def test_a_drill_fails_in_a_folder_without_a_backup(ran, tmp_path):
    with pytest.raises(CommandError, match="There is no backup in"):
        call_command("restore_drill", str(tmp_path))
    assert Upkeep.objects.get(task="restore_drill").is_failing


def test_a_drill_on_postgresql_needs_its_own_database(ran, tmp_path, monkeypatch, settings):
    monkeypatch.setattr(drill.connection, "vendor", "postgresql")
    settings.DRILL_DATABASE_URL = ""
    with pytest.raises(
        BackupError, match=r"^SKINSCREEN_DRILL_DATABASE_URL is missing: set [^\n]+\.$"
    ):
        rehearse(tmp_path / "one.backup")


def test_a_failed_drill_is_reported_in_one_sentence(db, tmp_path):
    (tmp_path / "one.backup").write_text("no backup")
    with pytest.raises(
        CommandError, match=r"^The drill failed at restore: [^\n]+ is damaged[^\n]+$"
    ):
        call_command("restore_drill", str(tmp_path))
