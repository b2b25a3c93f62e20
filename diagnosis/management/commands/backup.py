from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from diagnosis.models import Upkeep
from diagnosis.operations import backup, timers


class Command(BaseCommand):
    help = "Write database, photos and models into an encrypted file. Keys are not included."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="file to write")
        parser.add_argument(
            "--plain",
            action="store_true",
            help="do not encrypt: anybody with the file can read and change it",
        )

    def handle(self, *, file: Path, plain: bool, **_: Any) -> None:
        with timers.recorded(Upkeep.Task.BACKUP):
            try:
                count = backup.write(file, is_plain=plain)
            except backup.BackupError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(
            f"Files written to {file}{', which is not encrypted' if plain else ''}: {count}. "
            "No key is among them: keep SKINSCREEN_ROOT_KEYS and SKINSCREEN_PHOTO_KEYS elsewhere."
        )
