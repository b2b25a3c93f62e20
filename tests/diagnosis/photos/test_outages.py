"""During an outage, nothing is half stored or lost, and people get a message."""

import errno
import sqlite3
from contextlib import contextmanager

import psycopg
import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.urls import reverse

from accounts.rate_limits import cache_lock
from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Lesion, Screening
from diagnosis.photos import outages, photo_decoder
from diagnosis.photos.encryption import PhotoKeyError
from diagnosis.photos.outages import DatabaseAwayError, DiskFullError
from diagnosis.photos.photo_decoder import DecoderProcess
from diagnosis.screenings.texts import CHOOSE_AGAIN, NOT_TAKEN
from skinscreen.backends import photo_store
from tests.diagnosis.photos.test_photo_files import stored_files
from tests.factories import AGREED, PASSWORD, SECRET, code_of_app

UPLOAD, SEND = reverse("diagnosis:upload"), reverse("diagnosis:send")


@pytest.fixture
def no_bucket(monkeypatch, use_store):
    """A bucket whose address refuses connections."""
    monkeypatch.setenv("SKINSCREEN_S3_BUCKET", "photos")
    monkeypatch.setenv("SKINSCREEN_S3_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("SKINSCREEN_S3_ACCESS_KEY", "ann")
    monkeypatch.setenv("SKINSCREEN_S3_SECRET_KEY", "a-secret")
    use_store(photo_store.inner(has_keys=True), keys=[b"n" * 32])


@pytest.fixture
def no_room_for_files(monkeypatch):
    """The second file fills the disk when half of it is written."""
    write, written = FileSystemStorage.save, []

    def write_half(storage, name, content, **_):
        written.append(name)
        if len(written) == 1:
            return write(storage, name, content)
        write(storage, name, ContentFile(b"half"))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSystemStorage, "save", write_half)


@pytest.fixture
def no_room_for_rows(monkeypatch):
    """The audit entry, an upload's last row, fails with SQLite's error for a full disk."""

    def fail(*_, **__):
        database = sqlite3.connect(":memory:")
        database.execute("PRAGMA max_page_count = 1")
        try:
            database.execute("CREATE TABLE large (row)")
        except sqlite3.OperationalError as error:
            raise OperationalError(*error.args) from error
        finally:
            database.close()

    monkeypatch.setattr(trail, "record", fail)


@pytest.fixture
def no_decoder_starts(monkeypatch):
    """The decoder process ends before it is ready."""
    decoder = DecoderProcess(("false",))
    monkeypatch.setattr(photo_decoder, "decoder", decoder)
    yield
    decoder.stop()


FAULTS = {
    "no_bucket": (503, "SKINSCREEN_S3_ENDPOINT"),
    "no_room_for_files": (507, "make room"),
    "no_room_for_rows": (507, "make room"),
    "no_decoder_starts": (503, "decodes photos does not start"),
}


@pytest.fixture(params=FAULTS)
def fault(request):
    """Break something that a photo needs. Return the expected status and words of the log."""
    request.getfixturevalue(request.param)
    return FAULTS[request.param]


@pytest.fixture
def status(fault):
    return fault[0]


def expect_nothing_stored(home):
    assert stored_files(home) == []
    assert not Screening.objects.exists()
    assert not Lesion.objects.exists()
    assert not AuditEntry.objects.exists()


def test_the_form_says_when_to_try_again_and_keeps_the_answers(owner_client, upload, home, status):
    answers = {"capture": "camera", "body_site": "back", "note": "left, near the elbow"}
    response = owner_client.post(UPLOAD, {"photo": upload, **answers})
    form = response.context["form"]
    assert (response.status_code, response["Retry-After"]) == (status, "300")
    assert form["photo"].errors == [f"{NOT_TAKEN} {CHOOSE_AGAIN}"]
    assert {name: form[name].value() for name in answers} == answers
    expect_nothing_stored(home)


def test_a_chosen_spot_stays_chosen(owner_client, screening, upload, no_room_for_files):
    chosen = {"photo": upload, "capture": "camera", "lesion": screening.lesion_id}
    page = owner_client.post(UPLOAD, chosen).content.decode()
    assert f'value="{screening.lesion_id}" id="id_lesion_1" checked' in page


def test_the_upload_script_gets_the_time_of_the_next_attempt(owner_client, upload, home, status):
    response = owner_client.post(SEND, {"photo": upload, "capture": "camera"})
    assert (response.status_code, response["Retry-After"]) == (status, "300")
    assert response.json() == {"later": NOT_TAKEN}
    expect_nothing_stored(home)


def test_the_log_has_one_line_for_the_operator(owner_client, upload, fault, caplog):
    owner_client.post(UPLOAD, {"photo": upload, "capture": "camera", "note": "itches"})
    (record,) = [entry for entry in caplog.records if entry.name == "diagnosis.outages"]
    assert (record.levelname, record.exc_info) == ("CRITICAL", None)
    assert fault[1] in record.getMessage()
    assert "itches" not in caplog.text


def test_another_error_of_the_disk_is_not_an_outage(owner_client, upload, monkeypatch):
    def fail(*_, **__):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(FileSystemStorage, "save", fail)
    with pytest.raises(OSError, match="Input/output"):
        owner_client.post(UPLOAD, {"photo": upload, "capture": "camera"})


def test_the_same_photo_is_accepted_after_the_outage(
    owner_client, upload, status, use_store, monkeypatch
):
    owner_client.post(UPLOAD, {"photo": upload, "capture": "camera"})
    monkeypatch.undo()
    use_store(photo_store.inner(has_keys=True))
    upload.seek(0)
    owner_client.post(UPLOAD, {"photo": upload, "capture": "camera"})
    assert Screening.objects.count() == 1


def page_of(name, screening):
    pk = screening.lesion_id if name == "report" else screening.pk
    return reverse(f"diagnosis:{name}", args=[pk])


@pytest.mark.parametrize("name", ["photo", "thumbnail", "report"])
def test_an_unreachable_photo_is_reported_as_an_outage(
    owner_client, screening, request, name, caplog
):
    request.getfixturevalue("no_bucket")
    response = owner_client.get(page_of(name, screening))
    assert (response.status_code, response["Retry-After"]) == (503, "300")
    assert b"Please try again in a few minutes" in response.content
    assert "SKINSCREEN_S3_ENDPOINT" in caplog.text


def test_a_photo_without_its_key_is_reported_as_an_outage(owner_client, screening, monkeypatch):
    def fail(*_):
        raise PhotoKeyError

    monkeypatch.setattr(default_storage.inner, "open", fail)
    assert owner_client.get(page_of("photo", screening)).status_code == 503


def test_answers_that_cannot_be_stored_are_reported_as_an_outage(
    owner_client, screening, no_room_for_rows
):
    response = owner_client.post(page_of("questions", screening), {"itches": "on"})
    assert response.status_code == 507


def test_a_photo_is_deleted_even_if_its_files_cannot_be_deleted(
    owner_client, screening, request, django_capture_on_commit_callbacks, caplog
):
    request.getfixturevalue("no_bucket")
    with django_capture_on_commit_callbacks(execute=True):
        response = owner_client.post(page_of("delete", screening))
    assert (response.status_code, Screening.objects.exists()) == (302, False)
    (record,) = [entry for entry in caplog.records if entry.name == "diagnosis.photos"]
    assert "stay for a day: the photo store" in record.getMessage()


def behind_driver(driver, kind=OperationalError):
    """Return the outage that is recognised in a Django error whose cause is the driver's error."""
    error = kind()
    error.__cause__ = driver
    return outages.behind(error)


def of_sqlite(code):
    error = sqlite3.OperationalError()
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_or_quota_that_is_full_is_recognised_by_its_errno(number):
    assert isinstance(outages.behind(OSError(number, "")), DiskFullError)


@pytest.mark.parametrize("driver", [psycopg.errors.DiskFull(), of_sqlite(sqlite3.SQLITE_FULL)])
def test_a_full_disk_of_the_database_is_recognised_by_the_code_of_its_error(driver):
    assert isinstance(behind_driver(driver), DiskFullError)


@pytest.mark.parametrize(
    "driver",
    [
        psycopg.errors.ConnectionFailure,  # 08006
        psycopg.errors.ProtocolViolation,  # 08P01
        psycopg.errors.OutOfMemory,  # 53200
        psycopg.errors.TooManyConnections,  # 53300
        psycopg.errors.ConfigurationLimitExceeded,  # 53400
        psycopg.errors.QueryCanceled,  # 57014
        psycopg.errors.AdminShutdown,  # 57P01
        psycopg.errors.CrashShutdown,  # 57P02
        psycopg.errors.CannotConnectNow,  # 57P03
        psycopg.errors.LockNotAvailable,  # 55P03
        psycopg.errors.DeadlockDetected,  # 40P01
        psycopg.errors.ReadOnlySqlTransaction,  # 25006
        psycopg.OperationalError,  # the connection itself failed, without an SQLSTATE
    ],
)
def test_an_outage_of_postgresql_is_recognised_by_the_drivers_error(driver):
    assert isinstance(behind_driver(driver()), DatabaseAwayError)


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError, InternalError])
def test_djangos_errors_of_a_connection_are_outages(kind):
    closed = psycopg.InterfaceError("the connection is closed")
    assert isinstance(behind_driver(closed, kind), DatabaseAwayError)


@pytest.mark.parametrize(
    "code",
    [
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PROTOCOL,
        # Extended result codes, which contain one of the primary codes above.
        sqlite3.SQLITE_BUSY_SNAPSHOT,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_CANTOPEN_ISDIR,
        sqlite3.SQLITE_READONLY_DBMOVED,
    ],
)
def test_an_outage_of_sqlite_is_recognised_by_the_code_of_its_error(code):
    assert isinstance(behind_driver(of_sqlite(code)), DatabaseAwayError)


class Busy(sqlite3.OperationalError):
    sqlite_errorcode = sqlite3.SQLITE_BUSY


def test_a_read_only_database_is_an_outage():
    with pytest.raises(DatabaseAwayError), outages.translated():
        raise InternalError from psycopg.errors.ReadOnlySqlTransaction()


class Gone(psycopg.OperationalError):
    """The driver's error for a lost connection, which has no SQLSTATE."""


DRIVER_ERRORS = {"a lock": Busy, "a server that is gone": Gone}


@pytest.fixture(params=DRIVER_ERRORS)
def failing_database(request):
    """Return a context in which each statement that contains a word fails in the driver."""

    @contextmanager
    def failing(word=""):
        def fail(execute, sql, *args):
            if word in sql:
                raise OperationalError from DRIVER_ERRORS[request.param]()
            return execute(sql, *args)

        with connection.execute_wrapper(fail):
            yield

    return failing


def expect_an_outage(response):
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert b"Please try again in a few minutes" in response.content
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("table", ["", "django_session", "accounts_user"])
def test_a_database_that_is_unavailable_in_middleware_is_an_outage(
    owner_client, failing_database, table, caplog
):
    owner_client.raise_request_exception = False
    with failing_database(table):
        expect_an_outage(owner_client.get(UPLOAD))
    assert "the database does not answer" in caplog.text


def test_a_session_that_cannot_be_saved_is_not_ended(client, reviewer, failing_database):
    client.force_login(reviewer)
    client.raise_request_exception = False
    with failing_database('UPDATE "django_session"'):
        expect_an_outage(client.get(UPLOAD))
    assert client.get(UPLOAD).status_code == 200


@pytest.mark.parametrize("path", ["account_login", "account_signup", "account_reset_password"])
def test_a_database_outage_is_not_reported_as_a_rate_limit_and_signs_nobody_in(
    client, owner, failing_database, path
):
    fields = {"login": owner.email, "email": owner.email, "password": PASSWORD}
    client.raise_request_exception = False
    with failing_database("INSERT INTO"):
        response = client.post(reverse(path), {**fields, "password1": PASSWORD, **AGREED})
    expect_an_outage(response)
    assert "_auth_user_id" not in client.session


def test_a_locked_counter_is_not_reported_as_a_rate_limit(client, owner, monkeypatch):
    monkeypatch.setattr(cache_lock, "WAIT_SECONDS", -1)
    monkeypatch.setattr(cache, "add", lambda *_, **__: False)
    credentials = {"login": owner.email, "password": PASSWORD}
    expect_an_outage(client.post(reverse("account_login"), credentials))


def test_a_correct_code_is_not_called_wrong_during_an_outage(client, reviewer, failing_database):
    TOTP.activate(reviewer, SECRET)
    client.post(reverse("account_login"), {"login": reviewer.email, "password": PASSWORD})
    code, page = {"code": code_of_app()}, reverse("mfa_authenticate")
    with failing_database("INSERT INTO"):
        expect_an_outage(client.post(page, code))
    assert client.post(page, code).status_code == 302


def test_the_upload_script_gets_the_time_of_the_next_attempt_if_no_row_can_be_added(
    owner_client, upload, failing_database
):
    with failing_database("INSERT INTO"):
        response = owner_client.post(SEND, {"photo": upload, "capture": "camera"})
    assert (response.status_code, response["Retry-After"]) == (503, "30")
    assert response.json() == {"later": NOT_TAKEN}


def test_the_form_keeps_the_answers_if_no_row_can_be_added(owner_client, upload, failing_database):
    with failing_database("INSERT INTO"):
        response = owner_client.post(UPLOAD, {"photo": upload, "note": "itches"})
    assert response.status_code == 503
    assert f"{NOT_TAKEN} {CHOOSE_AGAIN}" in response.context["form"]["photo"].errors
    assert response.context["form"]["note"].value() == "itches"


@pytest.mark.parametrize(
    "driver",
    [
        sqlite3.OperationalError("no such table"),
        of_sqlite(sqlite3.SQLITE_ERROR),
        of_sqlite(sqlite3.SQLITE_CONSTRAINT),
        psycopg.errors.UndefinedColumn(),
        # Their SQLSTATEs begin like those of a lock timeout, a deadlock and a read-only standby.
        psycopg.errors.ObjectNotInPrerequisiteState(),
        psycopg.errors.TransactionIntegrityConstraintViolation(),
        psycopg.errors.NoActiveSqlTransaction(),
    ],
)
def test_an_error_in_our_code_is_not_an_outage(driver):
    assert behind_driver(driver) is None
