"""The installed packages are the pinned ones, file by file."""

import re
from pathlib import Path

import pytest

from ml.errors import TRAINING_PACKAGES

ROOT = Path(__file__).parents[1]


LOCKS = ["requirements-serve.txt", "requirements.txt", "requirements-dev.txt"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_with_hashes(name):
    packages = re.split(r"\n(?=\w)", (ROOT / name).read_text())
    assert len(packages) > 50
    assert [
        it for it in packages if not re.match(r"[\w.-]+==\S+[^\n]*\\\n +--hash=sha256:", it)
    ] == []


def pinned(name):
    return set(re.findall(r"^[\w.-]+==[^\s;]+", (ROOT / name).read_text(), re.M))


def test_what_is_served_is_pinned_alike_for_training_and_tests():
    serve, whole, dev = map(pinned, LOCKS)
    assert serve < whole < dev


def test_what_is_served_comes_without_the_packages_that_train():
    names = {line.partition("==")[0] for line in pinned("requirements-serve.txt")}
    packages = {package.replace("sklearn", "scikit-learn") for package in TRAINING_PACKAGES}
    assert not names & {package.replace("_", "-") for package in packages}
