"""Measures the least memory of each program."""

import json
from pathlib import Path
from typing import Any

from tests.load import sections
from tests.load.floors.programs import PROGRAMS
from tests.load.size import Size


def floors(scratch: Path, _: Size) -> dict[str, Any]:
    """Return the memory of each program in MiB, as `programs` prints it."""
    with sections.site(scratch, people=1) as stack:
        return {
            name: json.loads(
                sections.run(stack, "-m", "tests.load.floors.programs", name).splitlines()[-1]
            )
            for name in PROGRAMS
        }
