"""Leases and turns use the database's clock, since a worker's may be wrong."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.journeys.conftest import missing
from tests.journeys.stack import WORKER

pytestmark = pytest.mark.faults
# The library is preloaded, since the program `faketime` does not forward signals.
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@pytest.mark.parametrize("offset", ["+2h", "-2h"])
def test_the_only_worker_has_a_clock_that_is_two_hours_off(external_oracle, offset):
    if not LIBRARIES:
        missing("faketime")
    oracle, stack = external_oracle, external_oracle.stack
    log = stack.log
    worker = [sys.executable, "-m", *WORKER.split(), "--loglevel=WARNING", "-c", "2"]
    clock = {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": offset}
    with stack.frozen(WORKER), stack.also(*worker, **clock) as skewed:
        oracle.upload()
        oracle.until_running()
        # This worker's sweep must take over the killed child's photo, and no other photo too early.
        os.kill(stack.processes(WORKER, skewed.pid)[-1], signal.SIGKILL)
        oracle.mark_repaired()
        oracle.expect(done=6)
    # No sweep took over a photo that was still being read.
    assert "the lease was lost" not in stack.log.removeprefix(log)
