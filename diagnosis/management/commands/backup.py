from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from diagnosis import backup


class Command(BaseCommand):
    help = "Write database, photos and models into one file; never the keys of encrypted photos."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="file to make")

    def handle(self, *, file: Path, **_: Any) -> None:
        try:
            count = backup.write(file)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{count} files written to {file}. SKINSCREEN_SECRET_KEY and SKINSCREEN_PHOTO_KEYS "
            "are not among them: keep them elsewhere."
        )
