"""The deletion of accounts, sessions and cache entries, with their traces in files."""

import sqlite3
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings as project
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.utils import ConnectionHandler
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.privacy import deletion
from accounts.signals import deletion_begins
from accounts.tasks import forget_sessions_task, truncate_log_task
from diagnosis.models import AuditEntry
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
SECRET = "a mole that itches since August"


def signed_in(user):
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    return client


def test_deleting_an_account_ends_all_its_sessions(owner, stranger):
    here, there, other = map(signed_in, (owner, owner, stranger))
    here.post(reverse("accounts:delete"), {"password": PASSWORD})
    assert [client.session.get("_auth_user_id") for client in (here, there, other)] == [
        None,
        None,
        str(stranger.pk),
    ]
    kept = [session.get_decoded() for session in Session.objects.all()]
    assert owner.email not in str(kept)
    assert UserSession.objects.count() == 1


def test_an_anonymous_session_is_kept_for_a_day(owner):
    sessions = {}
    for age in (timedelta(hours=23), timedelta(hours=25)):
        store = SessionStore()
        store["email"] = "pia@example.org"
        store.create()
        ends = timezone.now() + timedelta(seconds=project.SESSION_COOKIE_AGE) - age
        Session.objects.filter(pk=store.session_key).update(expire_date=ends)
        sessions[age] = store.session_key
    client = signed_in(owner)
    Session.objects.filter(pk=client.session.session_key).update(expire_date=ends)
    forget_sessions_task()
    remaining = set(Session.objects.values_list("pk", flat=True))
    assert remaining == {sessions[timedelta(hours=23)], client.session.session_key}


@pytest.mark.parametrize(
    ("days", "fields", "is_verified", "stays"),
    [
        (8, {}, False, False),
        (6, {}, False, True),
        (8, {}, True, True),
        (8, {"is_superuser": True}, False, True),
        (8, {"is_staff": True}, False, True),
    ],
)
def test_an_unconfirmed_account_is_deleted_after_a_week(days, fields, is_verified, stays):
    user = make_user("una@example.org", **fields)
    EmailAddress.objects.update(verified=is_verified)
    User.objects.update(date_joined=timezone.now() - timedelta(days=days))
    forget_sessions_task()
    assert User.objects.filter(pk=user.pk).exists() is stays
    deletions = AuditEntry.objects.filter(action="deletion", subject=f"user:{user.pk}")
    assert deletions.exists() is not stays


def test_an_account_whose_address_is_confirmed_during_the_deletion_of_another_stays():
    users = [make_user(f"{name}@example.org") for name in ("una", "ute")]
    EmailAddress.objects.update(verified=False)
    User.objects.update(date_joined=timezone.now() - timedelta(days=8))

    def confirm_the_other(user, **_):
        EmailAddress.objects.exclude(user=user).update(verified=True)

    deletion_begins.connect(confirm_the_other)
    try:
        forget_sessions_task()
    finally:
        deletion_begins.disconnect(confirm_the_other)
    assert User.objects.filter(pk__in=[user.pk for user in users]).count() == 1


def test_expired_entries_are_removed_from_the_cache():
    for name in ("past", "future"):
        cache.set(name, "1", timeout=60)
    with connection.cursor() as cursor:
        past = ["2020-01-01 00:00:00", cache.make_key("past")]
        cursor.execute("UPDATE cache SET expires = %s WHERE cache_key = %s", past)
        forget_sessions_task()
        cursor.execute("SELECT cache_key FROM cache")
        assert cursor.fetchall() == [(cache.make_key("future"),)]


def test_mail_files_are_deleted_with_their_recipients_account(
    settings, tmp_path, owner, stranger, django_capture_on_commit_callbacks
):
    settings.EMAIL_FILE_PATH = tmp_path
    others = (stranger.email, f"x{owner.email}", f"o'{owner.email}", f"{owner.email}.uk")
    for email in (owner.email, *others):
        (tmp_path / f"{email}.log").write_text(f"To: {email.title()}\n\nYour code")
    with django_capture_on_commit_callbacks(execute=True):
        owner.delete()
    assert {path.stem for path in tmp_path.glob("*.log")} == set(others)


@pytest.fixture
def database(tmp_path, monkeypatch):
    """A database in a file, opened with SkinScreen's options."""
    if connection.vendor != "sqlite":
        pytest.skip("this is about SQLite's files")
    handler = ConnectionHandler(
        {"default": {**project.DATABASES["default"], "NAME": tmp_path / "db.sqlite3"}}
    )
    monkeypatch.setattr(deletion, "connection", handler["default"])
    yield handler["default"]
    handler["default"].close()


def files_with_secret(folder):
    return {path.name for path in folder.iterdir() if SECRET.encode() in path.read_bytes()}


def write_and_delete(database):
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE note (text)")
        cursor.execute("INSERT INTO note VALUES (%s)", [SECRET])
        cursor.execute("PRAGMA wal_checkpoint")
        cursor.execute("DELETE FROM note")


def test_deleted_rows_are_in_none_of_the_databases_files(database, tmp_path):
    write_and_delete(database)
    assert files_with_secret(tmp_path) == {"db.sqlite3", "db.sqlite3-wal"}
    deletion.truncate_log()
    assert files_with_secret(tmp_path) == set()


def test_truncating_the_log_does_not_wait_for_a_reader_and_completes_at_the_next_run(
    database, tmp_path
):
    reader = sqlite3.connect(tmp_path / "db.sqlite3", isolation_level=None)
    with database.cursor() as cursor:
        cursor.execute("CREATE TABLE other (text)")
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM other").fetchall()
    write_and_delete(database)
    deletion.truncate_log()
    assert files_with_secret(tmp_path)
    reader.execute("COMMIT")
    truncate_log_task()
    assert files_with_secret(tmp_path) == set()
    reader.close()


def test_a_failed_truncation_does_not_change_how_long_later_statements_wait(database):
    def fail(execute, sql, *args):
        if "wal_checkpoint" in sql:
            raise OperationalError("disk I/O error")
        return execute(sql, *args)

    with database.execute_wrapper(fail), pytest.raises(OperationalError):
        deletion.truncate_log()
    with database.cursor() as cursor:
        (wait_ms,) = cursor.execute("PRAGMA busy_timeout").fetchone()
    assert wait_ms == 1000 * database.settings_dict["OPTIONS"]["timeout"]


def test_deactivating_an_account_ends_all_its_sessions(owner, client, superuser):
    clients = [signed_in(owner), signed_in(owner)]
    client.force_login(superuser)
    client.post(reverse("admin:accounts_user_change", args=[owner.pk]), {})
    owner.refresh_from_db()
    assert owner.is_active is False
    pages = [session.get(reverse("accounts:settings")).status_code for session in clients]
    assert pages == [302, 302]
