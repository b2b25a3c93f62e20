"""SkinScreen with only the packages of requirements-serve.txt installed, as in the image."""

import subprocess
import sys
from pathlib import Path

import pytest

from ml.errors import NOT_INSTALLED
from tests.journeys.conftest import missing
from tests.journeys.stack import ROOT, Stack, eventually

pytestmark = [pytest.mark.journeys, pytest.mark.timeout(600)]

# The import contract in pyproject.toml covers imports inside functions.
IMPORT_ALL = """
import importlib, pkgutil, django
django.setup()
for name in ("skinscreen", "accounts", "diagnosis"):
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        importlib.import_module(module.name)
        print(module.name)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A Python environment with only the packages for serving."""
    folder = tmp_path_factory.mktemp("serving") / "venv"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    installing = [uv, "pip", "sync", "--quiet", "--system-certs", "--compile-bytecode"]
    done = subprocess.run(
        [*installing, "--python", folder, "--require-hashes", "requirements-serve.txt"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        missing("a package of requirements-serve.txt", done.stderr)
    return folder / "bin" / "python"


@pytest.fixture
def run(python, tmp_path, monkeypatch):
    monkeypatch.setenv("SKINSCREEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "skinscreen.settings")

    def run(*words):
        command = [python, *map(str, words)]
        return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)

    return run


def test_every_serving_module_can_be_imported(run):
    done = run("-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    assert {"skinscreen.wsgi", "accounts.urls", "diagnosis.tasks"} <= {*done.stdout.split()}


def test_a_photo_is_read_and_measured(python, tmp_path, jpeg):
    stack = Stack(tmp_path / "home", python=python)
    try:
        stack.start()
        stack.upload(stack.person(), jpeg)
        eventually(lambda: stack.statuses() == ["done"])
        eventually(lambda: stack.query("SELECT count(*) FROM diagnosis_measurement") == [(1,)])
    finally:
        assert stack.stop() == []


def test_the_model_reads_pictures_on_the_command_line(run, tmp_path, jpeg):
    (tmp_path / "spot.jpg").write_bytes(jpeg)
    table = tmp_path / "answers.csv"
    done = run("-m", "ml", "predict", "--images", tmp_path / "spot.jpg", "--csv", table)
    assert done.returncode == 0, done.stderr
    assert len(table.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "command", [["train"], ["evaluate", "--images", ".", "--labels", "no", "--report", "no"]]
)
def test_a_command_that_needs_more_packages_says_how_to_install_them(run, command):
    done = run("-m", "ml", *command)
    assert (done.returncode, done.stderr.strip()) == (2, NOT_INSTALLED)
