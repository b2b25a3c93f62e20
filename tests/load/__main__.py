"""`python -m tests.load [SECTION ...]`: measures, keeps the figures, and writes the pages of docs/.

Each section is measured in one run and replaces its earlier figures. Other sections stay.
"""

import argparse
import dataclasses
import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

from ml.bench import machine
from tests.load import report
from tests.load.size import Size

PACKAGES = ("django", "celery", "gunicorn", "pillow", "ai-edge-litert", "keras", "tensorflow")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "skinscreen.settings")
    django.setup()
    args = parser().parse_args()
    figures = json.loads(args.record.read_text()) if args.record.exists() else {}
    for name in args.sections:
        figures[name] = measured(name, size_of(args))
        args.record.write_text(json.dumps(figures, indent=2) + "\n")
    for page, write in report.PAGES.items():
        args.record.with_name(page).write_text(write(figures))


def measured(name: str, size: Size) -> dict:
    # These modules import Django's models, for which Django must be set up.
    from tests.load import costs, memory, peers, sections, slow_line
    from tests.load.floors import measure

    # These sections measure single photos, without Locust.
    packages = PACKAGES if name in {"budget", "costs", "slow_line"} else (*PACKAGES, "locust")
    where = {**machine.describe(packages), "on": f"{datetime.now(UTC):%Y-%m-%d}"}
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        sections.draw_photos(Path(folder))
        own = {
            "costs": costs.costs,
            "floors": measure.floors,
            "memory": memory.memory,
            "peers": peers.peers,
            "slow_line": slow_line.slow_line,
        }
        section = own.get(name) or getattr(sections, name)
        figures = section(Path(folder), size)
    return {"machine": where, "size": dataclasses.asdict(size), "figures": figures}


def size_of(args: argparse.Namespace) -> Size:
    return Size(**{field.name: getattr(args, field.name) for field in dataclasses.fields(Size)})


def parser() -> argparse.ArgumentParser:
    command_line = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    command_line.add_argument(
        "sections", nargs="*", metavar="SECTION", help=", ".join(report.SECTIONS)
    )
    command_line.add_argument("--record", type=Path, default=Path("docs/performance.json"))
    for field in dataclasses.fields(Size):
        many: dict[str, Any] = {"nargs": "+"} if isinstance(field.default, tuple) else {}
        command_line.add_argument(f"--{field.name}", type=int, default=field.default, **many)
    return command_line


if __name__ == "__main__":
    main()
