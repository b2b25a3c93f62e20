import getpass
import sys
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

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
SIGNED_UP = "Somebody has just signed up with {}: run this again."
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

    def handle(self, *, email: str, password_stdin: bool, lead: bool, **_: Any) -> None:
        email = email.strip().lower()
        user = get_user_model().objects.filter(email=email).first()
        if user is None:
            # Outside the transaction: on SQLite, nobody could write while the password is typed.
            user = _new(email, _password(is_piped=password_stdin))
        elif not EmailAddress.objects.filter(user=user, email=email, verified=True).exists():
            raise CommandError(UNCONFIRMED.format(email))
        try:
            _store_reviewer(user, is_lead=lead)
        except IntegrityError as error:
            raise CommandError(SIGNED_UP.format(email)) from error
        self.stdout.write(f"{email} is a {'lead' if lead else 'reviewer'} now. {NEXT}")


def _new(email: str, password: str) -> Any:
    user = get_user_model()(email=email)
    try:
        validate_email(email)
        validate_password(password, user)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    user.set_password(password)
    return user


@transaction.atomic
def _store_reviewer(user: Any, *, is_lead: bool) -> None:
    is_new = user.pk is None
    user.is_staff = True
    user.save(update_fields=None if is_new else ["is_staff"])
    if is_new:
        # The operator vouches for the address, so no mail has to confirm it.
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    user.groups.add(reviewers(), *([leads()] if is_lead else []))


def _password(*, is_piped: bool) -> str:
    if is_piped:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        raise CommandError(NO_TERMINAL)
    return getpass.getpass("Password for the new account: ")
