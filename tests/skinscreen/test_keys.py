import pytest

from skinscreen import keys
from skinscreen.keys import KeyMissingError, Purpose

OLD, NEW = "old-root-" * 6, "new-root-" * 6


@pytest.fixture(autouse=True)
def _old_root(settings):
    settings.ROOT_KEYS = [OLD]


def test_each_purpose_has_a_key_of_its_own():
    newest = [keys.newest(purpose) for purpose in Purpose]
    assert len({key.secret for key in newest}) == len({key.id for key in newest}) == len(Purpose)
    assert {len(key.secret) for key in newest} == {32}


def test_keys_do_not_change_between_releases():
    assert keys.newest(Purpose.AUDIT).id == "eef2482e19f78f7a"
    assert [*Purpose] == ["audit", "backup", "backup mac", "cache", "second step"]


def test_a_new_root_key_gives_new_keys_and_old_ones_are_found(settings):
    old = keys.newest(Purpose.AUDIT)
    settings.ROOT_KEYS = [NEW, OLD]
    assert keys.newest(Purpose.AUDIT) != old
    assert keys.all_of(Purpose.AUDIT) == [keys.newest(Purpose.AUDIT), old]
    assert keys.find(Purpose.AUDIT, old.id) == old


def test_a_key_without_its_root_is_reported_as_missing(settings):
    old = keys.newest(Purpose.SECOND_STEP)
    settings.ROOT_KEYS = [NEW]
    with pytest.raises(KeyMissingError, match=rf"lacks the root of the second step key {old.id}: "):
        keys.find(Purpose.SECOND_STEP, old.id)


def test_the_repr_of_a_key_hides_its_secret():
    assert repr(keys.newest(Purpose.AUDIT).secret) not in repr(keys.newest(Purpose.AUDIT))
