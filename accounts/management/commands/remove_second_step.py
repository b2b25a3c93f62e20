from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Remove the second step of somebody who has lost it; be sure first that it is them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *, email: str, **_: Any) -> None:
        email = email.strip().lower()
        if not Authenticator.objects.filter(user__email=email).delete()[0]:
            raise CommandError(f"{email} has no second step: look for another spelling.")
        self.stdout.write(f"{email} signs in with the password alone now, and sets up a new one.")
