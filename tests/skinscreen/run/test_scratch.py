import os
import signal
import subprocess
import sys

import pytest

from skinscreen.environment import env
from skinscreen.run import scratch

LEAVES_SOMETHING = """
import os, signal
import django
django.setup()
from skinscreen.run import scratch
with scratch.folder("backup") as folder:
    (folder / "database").write_text("of everybody")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def root(settings, tmp_path):
    settings.HOME = tmp_path
    return tmp_path / "scratch"


def test_a_temporary_folder_is_private_and_removed_afterwards(root):
    with scratch.folder("backup") as folder:
        assert folder.parent == root
        assert {path.stat().st_mode & 0o777 for path in (root, folder)} == {0o700}
    assert [*root.iterdir()] == []


def test_the_next_start_removes_the_folders_of_killed_processes(root, tmp_path):
    names = {"SKINSCREEN_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "skinscreen.settings"}
    killed = subprocess.run(
        [sys.executable, "-c", LEAVES_SOMETHING],
        cwd=env.BASE_DIR,
        env={**os.environ, **names},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert [path.name for path in root.glob("*/*")] == ["database"]
    scratch.clear()
    assert [*root.iterdir()] == []


def test_folders_in_use_are_kept(root):
    with scratch.folder("backup") as folder:
        scratch.clear()
        assert folder.exists()
