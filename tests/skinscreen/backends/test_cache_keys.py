"""The cache's table does not reveal whose attempts it counts."""

import re
from hashlib import sha256

import pytest
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from tests.factories import AGREED, PASSWORD

IP = "192.0.2.77"


def stored_keys():
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache")
        return [key for (key,) in cursor.fetchall()]


@pytest.mark.parametrize("path", ["account_login", "account_reset_password", "account_signup"])
def test_cache_keys_are_keyed_hashes(client, owner, path):
    fields = {"login": owner.email, "email": owner.email, "password1": PASSWORD, **AGREED}
    client.post(reverse(path), fields | {"password": "not this one"}, REMOTE_ADDR=IP)
    keys = stored_keys()
    assert keys
    assert [key for key in keys if not re.fullmatch("[0-9a-f]{64}", key)] == []
    plain = {sha256(word.encode()).hexdigest() for word in (IP, owner.email)}
    assert plain.isdisjoint(keys)


def test_another_root_key_gives_other_cache_keys(settings):
    keys = set()
    for root in ("first", "second"):
        settings.ROOT_KEYS = (root,)
        keys.add(cache.make_key("login:192.0.2.77"))
    assert len(keys) == 2
