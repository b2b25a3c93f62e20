import shutil

import pytest
from allauth.usersessions.models import UserSession
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import User, WaitingMail
from diagnosis.models import AuditEntry, Screening
from diagnosis.operations.backup import archive, restore, restoring, snapshot
from diagnosis.photos.outages import DiskFullError
from tests.diagnosis.operations.backup.tars import encoded, manifest, rewrite
from tests.factories import PASSWORD, make_screening, make_user


def refused(file):
    with pytest.raises(CommandError, match=r"^\S[^\n]* is not empty: [^\n]+\.$") as caught:
        call_command("restore", str(file), "--unauthenticated")
    return str(caught.value)


def test_a_restore_refuses_a_place_that_is_not_empty(plain, settings, monkeypatch):
    assert refused(plain).startswith("The database")
    monkeypatch.setattr(snapshot, "is_empty", lambda: True)
    assert refused(plain).startswith("The place for photos")
    shutil.rmtree(settings.MEDIA_ROOT)
    (settings.MODELS_ROOT / "mine-1").mkdir(parents=True)
    assert refused(plain).startswith(str(settings.MODELS_ROOT))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": 2}, "format 2"),
        ({"database": "oracle"}, "restore it into oracle"),
        ({"migrations": ["diagnosis.9999_later"]}, "newer SkinScreen"),
    ],
)
def test_a_restore_refuses_another_format_or_database_and_newer_migrations(
    plain, changes, sentence
):
    rewrite(plain, **{archive.MANIFEST: encoded(manifest(plain, **changes))})
    with pytest.raises(CommandError, match=sentence):
        call_command("restore", str(plain), "--unauthenticated")


def test_a_file_missing_during_a_restore_is_not_blamed_on_the_backup(plain, monkeypatch):
    def missing(_):
        raise FileNotFoundError("another file")

    monkeypatch.setattr(archive, "checked", missing)
    with pytest.raises(FileNotFoundError, match="another file"):
        restore(plain, is_plain_accepted=True)


def test_photos_deleted_during_the_backup_do_not_come_back(screening, owner, jpeg):
    kept = make_screening(owner, jpeg)
    restoring.withdraw([screening.thumbnail.name], [])
    assert [row.pk for row in Screening.objects.all()] == [kept.pk]
    assert AuditEntry.objects.first().detail == {"during": "backup"}


def test_accounts_deleted_during_the_backup_do_not_come_back(screening, owner, home):
    stranger = make_user("sam@example.org")
    restoring.withdraw([], [owner.pk])
    assert [user.pk for user in User.objects.all()] == [stranger.pk]
    assert not default_storage.exists(screening.photo.name)


@pytest.fixture
def cleared(emptied, monkeypatch):
    """A list with an item for each time that the failed restore empties the database."""
    emptied()
    times = []
    monkeypatch.setattr(snapshot, "clear", lambda: times.append(1))
    return times


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.fixture
def leftovers(settings, tmp_path):
    """Return a function that lists the files of photos and models, and the temporary files."""
    settings.HOME = tmp_path / "home"
    settings.HOME.mkdir()
    places = (settings.MEDIA_ROOT, settings.MODELS_ROOT, settings.HOME / "scratch")
    return lambda: [path for place in places for path in place.glob("*")]


@pytest.fixture(params=["call_command", "withdraw", "write_photo", "write_file"])
def fail(request, monkeypatch):
    """Let one step of a restore fail with an error."""
    return lambda error: monkeypatch.setattr(restoring, request.param, failing(error))


@pytest.mark.parametrize("error", [RuntimeError("a migration failed"), KeyboardInterrupt()])
def test_a_failed_restore_leaves_nothing(plain, cleared, leftovers, fail, error):
    fail(error)
    with pytest.raises(type(error)):
        restore(plain, is_plain_accepted=True)
    assert len(cleared) == 1
    assert leftovers() == []


@pytest.fixture
def models(settings):
    (settings.MODELS_ROOT / "mine-1").mkdir(parents=True)
    (settings.MODELS_ROOT / "mine-1" / "card.json").write_text("{}")
    (settings.MODELS_ROOT / "note.txt").write_text("mine")
    return settings.MODELS_ROOT


def test_a_failed_restore_also_removes_models(models, plain, cleared, leftovers, monkeypatch):
    shutil.rmtree(models)
    monkeypatch.setattr(snapshot, "load", failing(RuntimeError("a migration failed")))
    with pytest.raises(RuntimeError):
        restore(plain, is_plain_accepted=True)
    assert leftovers() == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), DiskFullError()])
def test_an_outage_during_a_restore_is_reported_in_one_sentence(plain, cleared, monkeypatch, error):
    monkeypatch.setattr(snapshot, "load", failing(error))
    with pytest.raises(CommandError, match=r"^The restore failed and left nothing[^\n]+$"):
        call_command("restore", str(plain), "--unauthenticated")


def test_cleaning_up_continues_if_one_step_of_it_fails(plain, cleared, leftovers, monkeypatch):
    monkeypatch.setattr(snapshot, "clear", failing(RuntimeError("the database is away")))
    monkeypatch.setattr(restoring, "call_command", failing(RuntimeError("a migration failed")))
    with pytest.raises(RuntimeError, match="the database is away"):
        restore(plain, is_plain_accepted=True)
    assert leftovers() == []


@pytest.mark.parametrize("has_key", [True, False])
def test_a_restore_warns_if_the_backups_root_key_is_missing(
    plain, emptied, settings, capsys, has_key
):
    emptied()
    settings.ROOT_KEYS = ["another-root-" * 4, *(settings.ROOT_KEYS if has_key else [])]
    call_command("restore", str(plain), "--unauthenticated")
    assert ("another root key" in capsys.readouterr().err) is not has_key


def test_a_restore_brings_a_photo_back(encrypted, screening, emptied):
    photo = default_storage.open(screening.photo.name).read()
    emptied()
    assert restore(encrypted)["photo_keys"] == []
    assert default_storage.open(screening.photo.name).read() == photo


def test_a_restore_revives_no_session_and_sends_no_old_mail(client, owner, plain, emptied):
    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    assert client.get(reverse("diagnosis:history")).status_code == 200
    WaitingMail.objects.create(to=owner.email, expires_at=timezone.now())
    emptied()
    restore(plain, is_plain_accepted=True)
    assert reverse("account_login") in client.get(reverse("diagnosis:history")).url
    assert not UserSession.objects.exists()
    assert not WaitingMail.objects.exists()
