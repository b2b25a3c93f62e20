import os

import pytest

from tests.faults import record
from tests.faults.oracle import Oracle

# Fixtures that these tests share with the journeys.
from tests.journeys.conftest import (  # noqa: F401
    missing,
    own_connections,
    postgres,
    redis,
    running,
)

# Short leases and frequent sweeps keep the tests' wait for recovery short.
FAST_RECOVERY = {
    "SKINSCREEN_LEASE_SECONDS": str(record.LEASE_SECONDS),
    "SKINSCREEN_SWEEP_SECONDS": "1",
    "SKINSCREEN_UPLOADS_PER_HOUR": "10000",
    "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
}
IS_ROOT = os.getuid() == 0
KINDS = {"embedded": "SQLite, embedded broker", "external": "PostgreSQL, Redis"}


@pytest.fixture(scope="session")
def embedded(tmp_path_factory):
    """A site with a slow classifier, so that a worker can be killed half-way."""
    with running(tmp_path_factory.mktemp("embedded") / "home", **FAST_RECOVERY) as stack:
        yield stack
        stack.manage("verify_audit")


@pytest.fixture(scope="session")
def external(tmp_path_factory, redis, postgres):  # noqa: F811
    """The same site on PostgreSQL and Redis."""
    urls = {"REDIS_URL": redis.url, "DATABASE_URL": postgres.url}
    with running(tmp_path_factory.mktemp("external") / "home", **FAST_RECOVERY, **urls) as stack:
        yield stack
        stack.manage("verify_audit")


@pytest.fixture(params=KINDS)
def stack(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def root():
    """For tests that only root can run."""
    if not IS_ROOT:
        missing("root", "run it as root")


@pytest.fixture
def oracle_of(request, jpeg):
    """Make the oracle of a site for the test's scenario."""
    words = request.function.__name__.removeprefix("test_").replace("_", " ")

    def make(stack, kind="embedded", email="olga@example.org"):
        return Oracle(stack, stack.person(email), jpeg, words, KINDS[kind])

    return make


@pytest.fixture
def oracle(request, stack, oracle_of):
    return oracle_of(stack, request.node.callspec.params["stack"])


@pytest.fixture
def embedded_oracle(embedded, oracle_of):
    return oracle_of(embedded)


@pytest.fixture
def external_oracle(external, oracle_of):
    return oracle_of(external, "external")
