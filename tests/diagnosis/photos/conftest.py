import pytest


@pytest.fixture
def use_store(settings):
    """Use this photo store from now on, as after a restart."""

    def used(inner, keys=()):
        options = {"inner": inner, "keys": keys}
        default = settings.STORAGES["default"] | {"OPTIONS": options}
        settings.STORAGES = settings.STORAGES | {"default": default}

    return used
