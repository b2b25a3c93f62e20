import sys
from importlib import import_module

import pytest

import skinscreen

SETTINGS = "skinscreen.settings"


@pytest.fixture
def read_settings(monkeypatch):
    """Read the settings again from the current environment. Return them by name."""
    monkeypatch.setattr(skinscreen, "settings", None, raising=False)

    def read():
        for name in [name for name in sys.modules if name.startswith(SETTINGS)]:
            monkeypatch.delitem(sys.modules, name)
        return vars(import_module(SETTINGS))

    return read
