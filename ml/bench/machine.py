"""Describes the machine of a measurement."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("tensorflow", "keras", "ai-edge-litert", "onnxruntime", "openvino", "pillow", "numpy")


def describe(packages: tuple[str, ...] = PACKAGES) -> dict[str, Any]:
    """Return processor, cores, memory (GiB), load, system, Python and package versions."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30),
        # The mean of the last minute. Well above 0 if other programs were busy.
        "load_before": round(os.getloadavg()[0], 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in packages},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def resident_mib() -> int:
    """Return the peak resident memory of this process, in MiB.

    `getrusage` is unsuitable: a forked process begins with its parent's memory, which stays in the
    peak even after an exec.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    raise RuntimeError("/proc/self/status has no VmHWM")
