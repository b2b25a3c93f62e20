from typing import Any

from django.core.management.base import BaseCommand, CommandError

from diagnosis.photos import key_rotation


class Command(BaseCommand):
    help = "Decrypt all stored files (photos and renditions). Exit 1 if a file cannot be read."

    def handle(self, *_: Any, **__: Any) -> None:
        counts = key_rotation.check()
        listing = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
        if {*counts} - {key_rotation.READABLE}:
            raise CommandError(f"Not every stored file can be read: {listing}.")
        self.stdout.write(
            f"Every stored file can be read: {listing}." if counts else "No files are stored."
        )
