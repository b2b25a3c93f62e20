"""Fixtures for all tests: people, photos, private folders, and a queue that sends nothing."""

import gc
import os

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.access.roles import leads, reviewers
from accounts.mfa import mfa_status
from diagnosis.classification import queue
from diagnosis.decoder.process import READY
from diagnosis.photos import photo_decoder
from diagnosis.photos.photo_decoder import DecoderProcess
from tests.factories import encoded, make_screening, make_user
from tests.pictures import dermoscopy_like
from tests.strict_skips import pytest_runtest_makereport  # noqa: F401  pytest finds it here

# A developer's `.env` must not affect the tests.
os.environ["SKINSCREEN_DOTENV"] = ""


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Disable garbage collection during imports, and exclude the imported objects from it later.

    Garbage collection took a quarter of the time of importing all tests.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    """Every test has its own folders. Static files are served unprocessed."""
    settings.MEDIA_ROOT = tmp_path / "photos"
    settings.MODELS_ROOT = tmp_path / "models"
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    return tmp_path


@pytest.fixture(autouse=True)
def published(monkeypatch):
    """Collect messages instead of publishing them. Tests with real processes use a real queue."""
    sent = []
    monkeypatch.setattr(queue, "publish_now", sent.append)
    monkeypatch.setattr(queue, "publish", sent.append)
    return sent


@pytest.fixture(autouse=True)
def to_measure(monkeypatch):
    """Collect messages about photos to measure."""
    sent = []
    monkeypatch.setattr(queue, "publish_measuring", sent.append)
    return sent


@pytest.fixture(autouse=True)
def _second_step():
    """After `force_login`, people who need MFA count as having completed it an hour ago."""

    def record(request, user, **_):
        is_forced = request.method is None
        if is_forced and (user.needs_second_step or mfa_status.is_set_up(user)):
            mfa_status.record(request, user)
            for method in request.session[AUTHENTICATION_METHODS_SESSION_KEY]:
                method["at"] -= 3600

    user_logged_in.connect(record)
    yield
    user_logged_in.disconnect(record)


@pytest.fixture(autouse=True)
def _empty_cache(request, django_db_blocker):
    """Clear the cache after a test with real transactions: Django empties only models' tables."""
    yield
    mark = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (mark and mark.kwargs.get("transaction")):
        with django_db_blocker.unblock():
            cache.clear()


@pytest.fixture
def owner(db):
    return make_user("olga@example.org")


@pytest.fixture
def stranger(db):
    return make_user("sam@example.org")


@pytest.fixture
def reviewer(db):
    user = make_user("rita@example.org", is_staff=True)
    user.groups.add(reviewers())
    return user


@pytest.fixture
def lead(db):
    user = make_user("lena@example.org", is_staff=True)
    user.groups.add(leads())
    return user


@pytest.fixture
def superuser(db):
    return make_user("root@example.org", is_staff=True, is_superuser=True)


@pytest.fixture
def owner_client(client, owner):
    client.force_login(owner)
    return client


@pytest.fixture
def no_decoder(monkeypatch):
    """Every photo kills the decoder process."""
    process = DecoderProcess(("printf", READY.decode()))
    monkeypatch.setattr(photo_decoder, "decoder", process)
    yield
    process.stop()


@pytest.fixture(scope="session")
def picture():
    return dermoscopy_like(seed=7)


@pytest.fixture(scope="session")
def jpeg():
    """A small photo, for tests in which its pixels do not matter."""
    return encoded(dermoscopy_like(seed=7, size=(160, 120)))


@pytest.fixture
def upload(jpeg):
    return SimpleUploadedFile("spot.jpg", jpeg, content_type="image/jpeg")


@pytest.fixture
def make(owner, jpeg):
    """A function that makes a screening of `owner` (see `make_screening`)."""
    return lambda *args, **fields: make_screening(owner, jpeg, *args, **fields)


@pytest.fixture
def screening(owner, jpeg):
    return make_screening(owner, jpeg)
