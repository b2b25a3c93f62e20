"""200 random kills of any process, under load (make chaos)."""

import os
import random
import threading
import time
from uuid import uuid4

import pytest

from tests.faults.conftest import FAST_RECOVERY
from tests.journeys.conftest import running
from tests.journeys.stack import BEAT, WORKER

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(3000)]
KILLS = int(os.environ.get("SKINSCREEN_CHAOS_KILLS", "200"))
# Part of a process's command line, and whether to kill a child instead of the process itself.
VICTIMS = [
    ("gunicorn", False),
    ("gunicorn", True),
    (WORKER, False),
    (WORKER, True),
    (BEAT, False),
    ("valkey-server", False),
]
SECONDS_BETWEEN_PHOTOS = 2  # for each person


@pytest.fixture
def stack(tmp_path):
    with running(tmp_path / "home", **FAST_RECOVERY) as started:
        yield started


def keep_sending(oracle, session, is_over):
    """Send one photo after another, each repeatedly under its key until it is accepted."""
    while not is_over.wait(SECONDS_BETWEEN_PHOTOS):
        key, url = str(uuid4()), None
        while not url:
            url = oracle.stack.send(session, oracle.jpeg, key)
            time.sleep(0.2)
        oracle.accept(url)


def kill_at_random(stack, chance):
    """Kill one process after another. Return the number of kills of each."""
    killed = dict.fromkeys(VICTIMS, 0)
    while sum(killed.values()) < KILLS:
        name, is_child = chance.choice(VICTIMS)
        processes = stack.processes(name)
        # After an earlier kill, the process or its children may not have been restarted yet.
        if len(processes) > is_child:
            stack.kill(name, is_child=is_child)
            killed[name, is_child] += 1
        time.sleep(chance.uniform(0, 2))
    return killed


def test_anything_is_killed_at_any_time_under_load(stack, oracle_of):
    seed = int(os.environ.get("SKINSCREEN_CHAOS_SEED") or random.randrange(10**6))
    print(f"SKINSCREEN_CHAOS_SEED={seed}")
    oracle, is_over = oracle_of(stack), threading.Event()
    oracle.scenario = f"{oracle.scenario} ({KILLS} kills, seed {seed})"
    people = [oracle.person, stack.person("second@example.org"), stack.person("third@example.org")]
    threads = [
        threading.Thread(target=keep_sending, args=(oracle, person, is_over)) for person in people
    ]
    for thread in threads:
        thread.start()
    try:
        print(kill_at_random(stack, random.Random(seed)))
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    oracle.mark_repaired()
    outcomes = oracle.settle(within=300)
    print(outcomes)
    assert set(outcomes) <= {"done", "failed"}
    stack.manage("verify_audit")
