from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from diagnosis.models import Upkeep
from diagnosis.operations import backup, timers


class Command(BaseCommand):
    help = (
        "Restore a backup beside the site, check its audit trail and photos, and remove the copy."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path", type=Path, help=("a backup, or a folder whose newest backup is used")
        )
        parser.add_argument(
            "--unauthenticated",
            action="store_true",
            help="accept a plain backup, as `restore` does",
        )

    def handle(self, *, path: Path, unauthenticated: bool, **_: Any) -> None:
        with timers.recorded(Upkeep.Task.RESTORE_DRILL):
            try:
                restored = backup.rehearse(path, is_plain_accepted=unauthenticated)
            except backup.BackupError as error:
                raise CommandError(str(error)) from error
        self.stdout.write(f"{restored} can be restored: its audit trail and photos are intact.")
