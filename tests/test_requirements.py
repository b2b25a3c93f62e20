"""The requirements files pin every package with hashes, and agree with each other."""

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
        package
        for package in packages
        if not re.match(r"[\w.-]+==\S+[^\n]*\\\n +--hash=sha256:", package)
    ] == []


def pinned(name):
    return set(re.findall(r"^[\w.-]+==[^\s;]+", (ROOT / name).read_text(), re.M))


def test_serving_packages_have_the_same_versions_for_training_and_tests():
    serve, complete, dev = map(pinned, LOCKS)
    assert serve < complete < dev


def test_the_serving_list_has_no_training_packages():
    names = {line.partition("==")[0] for line in pinned("requirements-serve.txt")}
    packages = {package.replace("sklearn", "scikit-learn") for package in TRAINING_PACKAGES}
    assert not names & {package.replace("_", "-") for package in packages}
