from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from diagnosis.review import dataset

# The copies do not follow a withdrawal of consent or a deletion.
DELETE_COPIES = (
    "After the training, delete this folder and the cache that `ml prepare` makes from it, and "
    "export anew before each training: people may withdraw their consent, or delete their photos."
)


class Command(BaseCommand):
    help = "Write reviewed cases of people who consent, for `python -m ml prepare --data DIR`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="folder to create")

    def handle(self, *, out: Path, **_: Any) -> None:
        selection = dataset.select()
        try:
            dataset.write(selection, out)
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be written: {error.strerror}.") from error
        written = ", ".join(f"{number} {name}" for name, number in selection.counts.items())
        left_out = ", ".join(f"{n} {reason}" for reason, n in selection.left_out.most_common())
        self.stdout.write(f"{written} written. Left out: {left_out}.")
        self.stdout.write(DELETE_COPIES)
