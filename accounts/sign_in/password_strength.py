"""Validators that refuse passwords which are too long, or long but easy to guess."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from zxcvbn import matching, zxcvbn

from accounts.models import User

# Without this, zxcvbn takes seconds to undo many substitutions ("p4ssw0rd").
matching.L33T_TABLE.clear()
# zxcvbn accepts no more characters. Further characters make no password weaker.
LONGEST = 72
LEAST_GUESSES = 10**8


class MaximumLengthValidator:
    """Applies the forms' length limit to management commands, too."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) > settings.MAX_PASSWORD_LENGTH:
            raise ValidationError(
                gettext("This password is too long: it may have {most} characters at most.").format(
                    most=settings.MAX_PASSWORD_LENGTH
                ),
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        words = gettext("Your password may have {most} characters at most.")
        return words.format(most=settings.MAX_PASSWORD_LENGTH)


class GuessableValidator:
    """Refuses leaked passwords (30,000), English words and names, keyboard rows, and repetitions.

    Source: Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX Security 2016.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) < settings.MIN_PASSWORD_LENGTH:
            return  # another validator reports it, and zxcvbn fails on an empty string
        context_words = ["skinscreen", *(user.email.split("@") if user else [])]
        if zxcvbn(password[:LONGEST], user_inputs=context_words)["guesses"] < LEAST_GUESSES:
            raise ValidationError(
                gettext(
                    "This password is long, but easy to guess. Choose a few words that do not "
                    "belong together."
                ),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return gettext(
            "Your password can't be a word, a name or a row of keys, even if it is repeated."
        )
