import secrets
import stat

import pytest

from skinscreen.environment import env, key_settings


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("SKINSCREEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_secret_is_made_once_and_readable_only_by_its_owner(home):
    key = key_settings.secret_key(is_production=False)
    assert len(key) >= key_settings.MIN_KEY_LENGTH
    assert key_settings.secret_key(is_production=False) == key
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600
    assert sorted(path.name for path in home.iterdir()) == [env.HOME_MARK, "secret_key"]


@pytest.mark.parametrize("is_production", [False, True])
def test_the_home_folders_root_key_stays_valid_if_others_are_configured(
    home, monkeypatch, is_production
):
    (stored,) = key_settings.root_keys(is_production=False)
    monkeypatch.setenv("SKINSCREEN_ROOT_KEYS", new := secrets.token_urlsafe(32))
    assert key_settings.root_keys(is_production=is_production) == [new, stored]
    monkeypatch.setenv("SKINSCREEN_ROOT_KEYS", f"{new},{stored}")
    assert key_settings.root_keys(is_production=is_production) == [new, stored]
