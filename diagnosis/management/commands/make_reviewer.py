import getpass
import sys
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from accounts.access.roles import leads, reviewers

NEXT = (
    "They sign in, set up a second step (an app's codes or a passkey), and find the queue under "
    "Review."
)
# Somebody else may have signed up with the address, and would know the password.
UNCONFIRMED = (
    "The address {} was never confirmed, so somebody else may have created the account and know "
    "its password. Let the owner of the address sign in and type the code from the mail first, or "
    "delete the account in the admin and run this again."
)
NO_TERMINAL = (
    "There is no terminal to ask for the new account's password: give it on standard input with "
    "--password-stdin, or run this in a terminal."
)


class Command(BaseCommand):
    help = "Let somebody read cases. Creates the account if it does not exist."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read a new account's password from standard input instead of asking for it",
        )
        parser.add_argument("--lead", action="store_true", help="also let them see the statistics")

    @transaction.atomic
    def handle(self, *, email: str, password_stdin: bool, lead: bool, **_: Any) -> None:
        email = email.strip().lower()
        user = get_user_model().objects.filter(email=email).first()
        if user is None:
            user = self._create(email, _password(is_piped=password_stdin))
        elif not EmailAddress.objects.filter(user=user, email=email, verified=True).exists():
            raise CommandError(UNCONFIRMED.format(email))
        user.is_staff = True
        user.save()
        user.groups.add(reviewers(), *([leads()] if lead else []))
        self.stdout.write(f"{email} is a {'lead' if lead else 'reviewer'} now. {NEXT}")

    def _create(self, email: str, password: str) -> Any:
        User = get_user_model()
        try:
            validate_email(email)
            validate_password(password, User(email=email))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        user = User.objects.create_user(email=email, password=password)
        # The operator vouches for the address, so no mail has to confirm it.
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
        return user


def _password(*, is_piped: bool) -> str:
    if is_piped:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise CommandError(NO_TERMINAL)
    return getpass.getpass("Password for the new account: ")
