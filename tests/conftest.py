"""Fixtures for all tests: people, photos, and a world without network or real model loading."""

import io
import os
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from diagnosis import photos, tasks
from diagnosis.models import Screening
from diagnosis.roles import reviewers
from tests.pictures import dermoscopy_like

PASSWORD = "a-long-and-quiet-river"


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    """Every test has its own folder for photos and mail, and files served as they are."""
    settings.MEDIA_ROOT = tmp_path / "photos"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    return tmp_path


@pytest.fixture(autouse=True)
def published(monkeypatch):
    """Collect what would be put on the queue; the tests with real processes use a real one."""
    queue = []
    monkeypatch.setattr(tasks, "publish", queue.append)
    monkeypatch.setattr(tasks, "_publish", queue.append)
    return queue


def make_user(email, **fields):
    return get_user_model().objects.create_user(email=email, password=PASSWORD, **fields)


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
def superuser(db):
    return make_user("root@example.org", is_staff=True, is_superuser=True)


@pytest.fixture
def owner_client(client, owner):
    client.force_login(owner)
    return client


def encoded(image, image_format="JPEG", **options):
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def picture():
    return dermoscopy_like(seed=7)


@pytest.fixture(scope="session")
def jpeg(picture):
    return encoded(picture, quality=92)


@pytest.fixture
def upload(jpeg):
    return SimpleUploadedFile("spot.jpg", jpeg, content_type="image/jpeg")


@pytest.fixture
def screening(owner, jpeg):
    return make_screening(owner, jpeg)


def make_screening(owner, jpeg, **fields):
    from diagnosis.services import submit

    photo = photos.clean(io.BytesIO(jpeg))
    screening = submit(by=owner, photo=photo, capture=fields.pop("capture", "dermatoscope"))
    Screening.objects.filter(pk=screening.pk).update(**fields)
    screening.refresh_from_db()
    return screening


@pytest.fixture(scope="session")
def data_folder():
    """The folder of real photos; a test that needs it skips where there is none."""
    folder = Path(os.environ.get("SKINSCREEN_DATA", "../shared/data"))
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}: set SKINSCREEN_DATA to where the data sets are")
    return folder
