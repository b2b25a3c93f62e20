from typing import Any

from django.core.management.base import BaseCommand, CommandError

from diagnosis.photos import key_rotation


class Command(BaseCommand):
    help = "Open every stored photo with its key; exit 1 where one cannot be read."

    def handle(self, *_: Any, **__: Any) -> None:
        counts = key_rotation.check()
        said = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
        if {*counts} - {key_rotation.READABLE}:
            raise CommandError(f"Not every photo can be read: {said}.")
        self.stdout.write(f"Every photo can be read: {said or 'there is none'}.")
