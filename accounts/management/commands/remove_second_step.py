from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.mail import account_notices
from accounts.models import User


class Command(BaseCommand):
    help = "Remove the second step of a person who has lost it. First verify who is asking."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    @transaction.atomic
    def handle(self, *, email: str, **_: Any) -> None:
        email = email.strip().lower()
        if not Authenticator.objects.filter(user__email=email).delete()[0]:
            raise CommandError(f"{email} has no second step: check the spelling.")
        account_notices.tell(User.objects.get(email=email), account_notices.SECOND_STEP)
        self.stdout.write(
            f"{email} can now sign in with the password alone, and set up a new second step."
        )
