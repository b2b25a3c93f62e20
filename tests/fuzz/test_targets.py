"""Runs the targets of `make fuzz-requests` on their seeds only."""

import pytest

from tests.fuzz.targets import SEEDS, TARGETS
from tests.malformed_files import READABLE
from tests.test_requests import UNUSUAL

# How many of a target's seeds are well-formed. These come first.
WELL_FORMED = {
    "head": 1,
    "upload": 2,
    "fields": 2,
    "tokens": 0,
    "passkey": 1,
    "photo": len(READABLE),
}


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_accepts_well_formed_seeds_and_refuses_the_others(name):
    seeds = SEEDS[TARGETS[name]]
    accepted = [TARGETS[name](seed) for seed in seeds]
    assert accepted == [number < WELL_FORMED[name] for number in range(len(seeds))]


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.__name__)
def test_unusual_values_crash_no_target(target):
    assert {target(value.encode()) for value in UNUSUAL} <= {True, False}
