from pathlib import Path
from typing import Any, cast

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from diagnosis import backup
from diagnosis.sealing import SealedStorage


class Command(BaseCommand):
    help = "Put what `manage.py backup` wrote into an empty home folder and an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what `manage.py backup` wrote")

    def handle(self, *, file: Path, **_: Any) -> None:
        try:
            manifest = backup.restore(file)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(manifest['files'])} files restored, as of {manifest['made_at']}.")
        here = {identifier.hex() for identifier in cast("SealedStorage", default_storage).keys}
        for missing in sorted({*manifest["photo_keys"]} - here):
            self.stderr.write(
                f"Photos are encrypted with the key {missing}: add it to SKINSCREEN_PHOTO_KEYS."
            )
