"""The kernel kills a worker that exceeds its memory limit."""

from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.journeys.conftest import missing
from tests.journeys.stack import WORKER, eventually

pytestmark = pytest.mark.faults
V1, V2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")


def control_group():
    """Return the folder of control groups, and the names of a group's limit and kill counter."""
    if V1.is_dir():
        return V1, "memory.limit_in_bytes", "memory.oom_control"
    shared = V2 / "cgroup.subtree_control"
    if not shared.exists() or "memory" not in shared.read_text():
        missing("the control group of memory", "mount it")
    return V2, "memory.max", "memory.events"


@contextmanager
def limited(pids, most_bytes):
    """Limit the memory that processes may add. Yield a function that counts the kernel's kills."""
    root, limit, events = control_group()
    group = root / "skinscreen-test"
    group.mkdir()
    try:
        (group / limit).write_text(str(most_bytes))
        for pid in pids:
            (group / "cgroup.procs").write_text(str(pid))
        yield lambda: int((group / events).read_text().split("oom_kill ")[1].split()[0])
    finally:
        eventually(lambda: is_empty_after_moving(group / "cgroup.procs", root / "cgroup.procs"))
        group.rmdir()


def is_empty_after_moving(processes, target):
    """Move a group's processes. A process may end meanwhile, and another may have just begun."""
    for pid in processes.read_text().split():
        with suppress(ProcessLookupError):
            target.write_text(pid)
    return not processes.read_text()


def test_a_worker_is_out_of_memory(embedded_oracle, root):
    oracle = embedded_oracle
    # A child that an earlier test killed may not have been restarted yet.
    eventually(lambda: len(oracle.stack.processes(WORKER)) == 3)
    oracle.upload(4)
    oracle.until_running()
    # A limit that a child exceeds even if it reuses the memory of earlier photos.
    with limited(oracle.stack.processes(WORKER)[1:], 2**18) as kills:
        # On a busy machine, the first four photos may have been read before the limit was set.
        oracle.upload(2)
        eventually(kills)
    oracle.mark_repaired()
    oracle.expect(done=6)
