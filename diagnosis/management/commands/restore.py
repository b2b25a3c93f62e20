from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from diagnosis.operations import backup
from diagnosis.photos.encryption import site_storage
from skinscreen import keys
from skinscreen.keys import Purpose


class Command(BaseCommand):
    help = "Restore a backup into an empty database and an empty store of photos and models."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="file that `manage.py backup` wrote")
        parser.add_argument(
            "--unauthenticated",
            action="store_true",
            help="accept a plain backup: nothing proves who made it, or that it was not changed",
        )

    def handle(self, *, file: Path, unauthenticated: bool, **_: Any) -> None:
        try:
            manifest = backup.restore(file, is_plain_accepted=unauthenticated)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(manifest['files'])} files restored, as of {manifest['made_at']}.")
        self._name_missing(manifest)

    def _name_missing(self, manifest: dict[str, Any]) -> None:
        """Print the keys that are missing here. Older backups do not name the root key."""
        roots = {key.id for key in keys.all_of(Purpose.BACKUP_MAC)}
        if manifest.get("root_key", "") not in {"", *roots}:
            self.stderr.write(
                "The backup was made with another root key: add it to SKINSCREEN_ROOT_KEYS. "
                "Without it the audit trail cannot be checked, and authenticator apps have to be "
                "set up again."
            )
        here = {identifier.hex() for identifier in site_storage().keys}
        for missing in sorted({*manifest["photo_keys"]} - here):
            self.stderr.write(
                f"Photos are encrypted with the key {missing}: add it to SKINSCREEN_PHOTO_KEYS."
            )
