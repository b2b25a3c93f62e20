from typing import Any

from allauth.account.forms import SignupForm
from django import forms
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.models import User


class SignUpForm(SignupForm):
    """Sign-up with e-mail and one password field that can be shown."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = "At least 10 characters; a few words work well."

    def try_save(self, request: HttpRequest) -> Any:
        # A new account hashes its password; without this, a known address would answer faster.
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class DeleteAccountForm(forms.Form):
    """A command: `clean` is the rule, `save` is the act."""

    password = forms.CharField(
        label="Your password, to be sure that it is you",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise ValidationError("That is not your password. Nothing was deleted; try again.")
        return password

    def save(self) -> None:
        self.user.delete()
