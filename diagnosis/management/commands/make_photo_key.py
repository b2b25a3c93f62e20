from typing import Any

from django.core.management.base import BaseCommand

from diagnosis.photos.encryption import make_key


class Command(BaseCommand):
    help = "Print a new key for SKINSCREEN_PHOTO_KEYS. Nobody can read the photos without it."

    def handle(self, *_: Any, **__: Any) -> None:
        self.stdout.write(make_key())
