"""The memory of all processes of a site: at rest, and after many photos."""

from pathlib import Path
from typing import Any

from tests.journeys.stack import Stack, eventually
from tests.load import peers, sections
from tests.load.driver import Crowd, drive
from tests.load.size import Size


def memory(scratch: Path, size: Size) -> dict[str, Any]:
    """Return the PSS of each kind of process in MiB. The PSS counts shared memory only once."""
    with sections.site(scratch) as stack:
        eventually(lambda: is_warm(stack), within=600)
        resting = shares(stack)
        drive(Crowd(scratch, 4, 3600), stack.url, "Sender", total=size.photos)
        eventually(lambda: sections.count(stack, peers.OPEN) == 0, within=3600)
        photos = sections.count(stack, sections.FINISHED)
        return {"rest": resting, "after": shares(stack), "photos": photos}


def is_warm(stack: Stack) -> bool:
    """Return whether each of the worker's children has the model in memory."""
    children = stack.processes(sections.WORKER)[1:]
    maps = [Path(f"/proc/{pid}/maps").read_text() for pid in children]
    return bool(maps) and all("model.tflite" in mapping for mapping in maps)


def shares(stack: Stack) -> dict[str, float]:
    return {
        role: round(sum(map(peers.pss_mib, pids)), 1)
        for role, pids in peers.roles_of(stack).items()
    }
