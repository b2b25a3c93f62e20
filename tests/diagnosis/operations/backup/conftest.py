import shutil

import pytest

from diagnosis.operations.backup import snapshot, write
from tests.factories import make_screening, make_user

ROOT = "root-of-this-site-" * 3


@pytest.fixture
def owner(transactional_db):
    return make_user("olga@example.org")


@pytest.fixture
def screening(owner, jpeg):
    return make_screening(owner, jpeg)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "skinscreen.backup"


@pytest.fixture
def root(monkeypatch, settings):
    """The operator has set a root key."""
    monkeypatch.setenv("SKINSCREEN_ROOT_KEYS", ROOT)
    settings.ROOT_KEYS = [ROOT]
    return ROOT


@pytest.fixture
def plain(screening, file):
    """A plain backup of one photo."""
    write(file, is_plain=True)
    return file


@pytest.fixture
def encrypted(screening, file, root):
    """An encrypted backup of one photo."""
    write(file)
    return file


@pytest.fixture
def emptied(monkeypatch, settings):
    """Return a function that deletes all photos. The database then counts as empty, too."""

    def empty():
        shutil.rmtree(settings.MEDIA_ROOT)
        monkeypatch.setattr(snapshot, "is_empty", lambda: True)
        monkeypatch.setattr(snapshot, "load", lambda _: None)

    return empty
