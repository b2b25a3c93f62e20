"""The targets of `make fuzz-requests`, here on their seeds only."""

import pytest

from tests.fuzz.targets import TARGETS
from tests.test_requests import ODD

CASES = [(target, seed) for target, seeds in TARGETS.items() for seed in seeds]
NAMES = [f"{target.__name__}-{number}" for number, (target, _) in enumerate(CASES)]


@pytest.mark.parametrize(("target", "seed"), CASES, ids=NAMES)
def test_what_a_target_starts_from_is_taken_or_refused(target, seed):
    target(seed)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.__name__)
def test_odd_values_are_taken_or_refused(target):
    for odd in ODD:
        target(odd.encode())
