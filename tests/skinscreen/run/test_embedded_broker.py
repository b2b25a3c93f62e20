import os
import re
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from skinscreen.environment import env
from skinscreen.run import embedded_broker, private_folders


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("SKINSCREEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def long_home(monkeypatch, tmp_path):
    """A home folder whose path is valid, but too long for a socket."""
    monkeypatch.setattr(embedded_broker, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setenv("SKINSCREEN_HOME", str(tmp_path / ("ä" * 50)))
    return tmp_path


def test_the_broker_has_a_socket_in_the_home_folder(home):
    path = re.escape(str(home / "run" / "broker.sock"))
    assert re.fullmatch(rf"redis\+socket://:[\w-]{{40,}}@{path}", embedded_broker.url())


def test_a_home_folder_with_a_long_path_has_its_socket_in_a_private_folder(long_home):
    path = embedded_broker.socket()
    assert len(os.fsencode(path)) <= embedded_broker.LONGEST
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert embedded_broker.socket() == path


def test_a_deleted_private_folder_is_replaced_by_a_folder_with_a_new_name(long_home):
    path = embedded_broker.socket()
    path.parent.rmdir()
    assert embedded_broker.socket() != path


@pytest.fixture
def without_sockets(monkeypatch, home, tmp_path):
    """A home folder on a file system without sockets."""
    monkeypatch.setattr(embedded_broker, "gettempdir", lambda: str(tmp_path))
    (env.home() / "run").mkdir()
    monkeypatch.setattr(embedded_broker, "takes_sockets", lambda folder: home not in folder.parents)
    return home


def test_the_broker_uses_a_private_folder_if_the_home_folder_cannot_hold_a_socket(
    without_sockets, capsys
):
    embedded_broker.choose_folder()
    path = embedded_broker.socket()
    assert without_sockets not in path.parents
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert capsys.readouterr().out.startswith(f"The broker listens in {path.parent}, since ")


def test_the_home_folder_is_used_again_once_it_can_hold_a_socket(without_sockets, monkeypatch):
    embedded_broker.choose_folder()
    monkeypatch.setattr(embedded_broker, "takes_sockets", lambda folder: True)
    embedded_broker.choose_folder()
    assert embedded_broker.socket() == without_sockets / "run" / "broker.sock"


def test_without_a_folder_for_sockets_the_error_names_the_variables_to_set(home, monkeypatch):
    monkeypatch.setattr(embedded_broker, "takes_sockets", lambda folder: False)
    with pytest.raises(ImproperlyConfigured, match=r"set TMPDIR .* or REDIS_URL"):
        embedded_broker.choose_folder()


def test_a_folder_is_tested_by_making_a_socket(tmp_path):
    assert [embedded_broker.takes_sockets(tmp_path) for _ in range(2)] == [True, True]
    assert list(tmp_path.iterdir()) == []
    assert not embedded_broker.takes_sockets(Path("/proc/self"))


def expose(path):
    path.chmod(0o755)


def replace(path):
    (path.parent / "others").mkdir()
    path.rmdir()
    path.symlink_to(path.parent / "others")


@pytest.mark.parametrize("tamper", [expose, replace])
def test_an_exposed_or_replaced_private_folder_is_not_used(home, tmp_path, tamper):
    first = private_folders.folder("metrics", tmp_path)
    assert private_folders.folder("metrics", tmp_path) == first
    tamper(first)
    assert private_folders.folder("metrics", tmp_path) != first
