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


def names(name):
    return {line.partition("==")[0] for line in pinned(name)}


def test_serving_packages_have_the_same_versions_for_training():
    assert pinned("requirements-serve.txt") < pinned("requirements.txt")


def test_the_packages_for_tests_are_only_those_that_training_lacks():
    assert not names("requirements-dev.txt") & names("requirements.txt")


def test_the_serving_list_has_no_training_packages():
    packages = {package.replace("sklearn", "scikit-learn") for package in TRAINING_PACKAGES}
    assert not names("requirements-serve.txt") & {package.replace("_", "-") for package in packages}
