from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from diagnosis.management import seeding


class Command(BaseCommand):
    help = "Fill the database with made-up screenings, to measure the site's speed with many."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, required=True, help="screenings to make")
        parser.add_argument("--people", type=int, default=1000, help="owners to make")

    def handle(self, *, count: int, people: int, **_: Any) -> None:
        if settings.IS_PRODUCTION:
            raise CommandError(
                "Made-up screenings do not belong among real ones: use another home."
            )
        with transaction.atomic():
            seeding.seed(count, people)
        self.stdout.write(f"Screenings made: {count}. Owners made: {people}.")
