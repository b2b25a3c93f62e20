from typing import Any

from django.core.management.base import BaseCommand, CommandError

from diagnosis.photos import key_rotation
from diagnosis.photos.encryption import site_storage


class Command(BaseCommand):
    help = (
        "Re-encrypt all stored files with the first key in SKINSCREEN_PHOTO_KEYS. "
        "Safe to run again."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        if not site_storage().keys:
            raise CommandError(
                "Set SKINSCREEN_PHOTO_KEYS to the key that manage.py make_photo_key prints."
            )
        counts = key_rotation.rotate()
        listing = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
        self.stdout.write(f"Files: {listing or 'none'}.")
        if {*counts} - {"encrypted", "encrypted before"}:
            raise CommandError("Some files are not encrypted with the first key: see above.")
