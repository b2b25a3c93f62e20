import pytest
from django.core.cache import cache

from accounts.rate_limits.cache_lock import cache_lock

pytestmark = pytest.mark.django_db


def test_a_request_that_held_the_lock_too_long_does_not_release_the_lock_of_another():
    with cache_lock("attempts"):
        cache.set("attempts:lock", "of another request")
    assert cache.get("attempts:lock") == "of another request"


def test_the_lock_is_free_again_after_counting():
    for _ in range(2):
        with cache_lock("attempts"):
            pass
    assert cache.get("attempts:lock") is None
