from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from diagnosis.photos import key_rotation


class Command(BaseCommand):
    help = "Encrypt every stored file with the first of SKINSCREEN_PHOTO_KEYS; can be repeated."

    def handle(self, *_: Any, **__: Any) -> None:
        if not default_storage.keys:  # type: ignore[attr-defined]
            raise CommandError("Set SKINSCREEN_PHOTO_KEYS to what manage.py make_photo_key prints.")
        counts = key_rotation.reseal()
        told = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
        self.stdout.write(f"Files: {told or 'none'}.")
        if {*counts} - {"encrypted", "encrypted before"}:
            raise CommandError("Some files are not encrypted with the first key: see above.")
