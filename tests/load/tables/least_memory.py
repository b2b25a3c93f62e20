"""The table of the least possible memory, beside the aim."""

from typing import Any

from ml.evaluation.markdown import table

MEMORY = """\
The table has the memory of each program after its imports, before any work, in MiB, and the memory
that forked processes copy to read one row. The files of libraries are shared between programs, so
only those of the largest program count. The broker is not included."""
MIB_AIM = 400
FORKED = {"web": 2, "worker": 2}
DECODERS = 2


def floors(figures: dict[str, Any], size: dict[str, Any]) -> str:
    return f"{MEMORY}\n\n{memory(figures)}"


def memory(programs: dict[str, dict[str, float]]) -> str:
    own = {name: taken["own"] for name, taken in programs.items()}
    own["decoder"] *= DECODERS
    rows = {
        **own,
        "copied by forked processes": sum(
            n * programs[name]["copied"] for name, n in FORKED.items()
        ),
        "files of the largest program": max(taken["files"] for taken in programs.values()),
    }
    rows["**the least possible**"] = sum(rows.values())
    rows["aimed at, at rest"] = MIB_AIM
    return table(["", "MiB"], [[text, f"{mib:.0f}"] for text, mib in rows.items()])
