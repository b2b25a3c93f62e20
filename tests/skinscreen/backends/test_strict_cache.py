"""The cache counts attempts and stores used codes, so a failed write must raise an error."""

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection

from skinscreen.backends.strict_cache import StrictCache

pytestmark = pytest.mark.django_db


@pytest.fixture
def unwritable():
    """The cache can be read but not written, as under a lock or on a full disk."""

    def fail(execute, sql, *args):
        if sql.lstrip().startswith(("INSERT", "UPDATE")):
            raise OperationalError("database is locked")
        return execute(sql, *args)

    with connection.execute_wrapper(fail):
        yield


def test_set_replaces_an_entry_and_add_does_not():
    assert cache.add("code", "first")
    assert not cache.add("code", "second")
    assert cache.get("code") == "first"
    cache.set("code", "third")
    assert cache.get("code") == "third"


def test_an_expired_entry_can_be_added_again():
    cache.set("code", "first", timeout=-10)
    assert cache.add("code", "second")
    assert cache.get("code") == "second"


def test_an_entry_without_expiry_stays():
    cache.set("code", "first", timeout=None)
    assert not cache.add("code", "second")


def test_touching_an_entry_sets_its_timeout():
    cache.set("code", "first", timeout=100)
    assert cache.touch("code", timeout=-10)
    assert cache.get("code") is None
    assert not cache.touch("other")


def test_a_full_cache_is_culled():
    small = StrictCache("cache", {"OPTIONS": {"MAX_ENTRIES": 3}})
    for number in range(10):
        small.set(f"key-{number}", number)
    remaining = [number for number in range(10) if small.get(f"key-{number}") == number]
    assert 9 in remaining
    assert len(remaining) <= 4


@pytest.mark.parametrize("write", ["set", "add"])
def test_a_failed_write_raises(unwritable, write):
    with pytest.raises(OperationalError):
        getattr(cache, write)("code", "first")
