from functools import lru_cache
from typing import Any, ClassVar, Final, cast
from zoneinfo import available_timezones

from allauth.account.adapter import get_adapter
from allauth.account.forms import (
    ChangePasswordForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SignupForm,
)
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.bounds import Bounded
from accounts.models import SkinType, User
from accounts.privacy import consent
from accounts.rate_limits import throttling
from accounts.signals import skin_type_changed

EMAIL: Final = {"email": _("E-mail address")}
NEW_PASSWORD: Final = {"password1": _("New password"), "password2": _("New password once more")}
PASSWORD_HINT = _("At least {least} characters; a few words work well.")


class Hinted(Bounded):
    """Shows the minimum length of a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = PASSWORD_HINT.format(
            least=settings.MIN_PASSWORD_LENGTH
        )


class NewPasswordForm(Hinted, ChangePasswordForm):
    labels: ClassVar = {"oldpassword": _("Current password"), **NEW_PASSWORD}

    def clean_oldpassword(self) -> str:
        with throttling.count_own("password_again", self.user):
            password: str = super().clean_oldpassword()
        return password


class AskForPasswordForm(Bounded, ResetPasswordForm):
    """Requests a mail with a link to set a new password."""

    labels: ClassVar = EMAIL

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        email: str = self.cleaned_data["email"]
        holder = next(iter(self.users), None)
        throttling.count(request, "reset_password", email.lower(), holder)
        super().save(request, **kwargs)
        return email


class ForgottenPasswordForm(Hinted, ResetPasswordKeyForm):
    labels: ClassVar = NEW_PASSWORD


class ConsentFields(forms.Form):
    """The consent that is required before a photo is stored."""

    is_adult = forms.BooleanField(
        label=_("I am 18 or older."),
        error_messages={
            "required": _("SkinScreen is for adults: tick this if you are 18 or older.")
        },
    )
    consent = forms.BooleanField(
        label=_(
            "I agree that this site stores and reads my photos and what I say about my skin, as "
            "its privacy notice says. These are health data."
        ),
        error_messages={
            "required": _("Without your agreement we may not keep photos of your skin.")
        },
    )


class ConsentForm(ConsentFields):
    def save(self, user: User) -> None:
        consent.give(user)


class SignUpForm(ConsentFields, Hinted, SignupForm):
    """Sign-up with an address and a single password field, which the person can make visible."""

    labels: ClassVar = EMAIL

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The order of the fields and of their errors on the page.
        self.order_fields(["email", "password1", "is_adult", "consent"])

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        super().custom_signup(request, user)
        consent.give(user)

    def try_save(self, request: HttpRequest) -> Any:
        # Creating an account hashes its password, which takes time. A faster response would reveal
        # that the account exists.
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class DeleteAccountForm(Bounded):
    password = forms.CharField(
        label=_("Your password, to confirm that it is you"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        strip=False,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, password):
            raise ValidationError(
                gettext("That is not your password. Nothing was deleted; try again.")
            )
        return password

    def save(self) -> None:
        self.user.delete()


class EndSessionForm(forms.Form):
    session = forms.ModelChoiceField(UserSession.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = UserSession.objects.filter(user=user.pk)
        cast("forms.ModelChoiceField", self.fields["session"]).queryset = own

    def save(self) -> None:
        self.cleaned_data["session"].end()


def with_tone(skin_type: SkinType) -> tuple[str, SafeString]:
    words = '<span class="tone tone-{}"></span><span>{}. {}</span>'
    return skin_type.value, format_html(words, skin_type.value, skin_type.value, skin_type.label)


# The value of "rather not say". An empty value would make it the preselected choice.
UNSAID: Final = "unsaid"
SKIN_CHOICES: Final = [*map(with_tone, SkinType), (UNSAID, _("Rather not say"))]


def skin_type_of(choice: str) -> str:
    """Return the chosen skin type, or an empty string if the person did not say."""
    return "" if choice == UNSAID else choice


class OwnAccountForm(forms.ModelForm):
    """Stores only its own fields: the rest of the account's row may have changed meanwhile.

    An account that was deleted meanwhile stays deleted.
    """

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - Django's
        User.objects.filter(pk=self.instance.pk).update(**self.cleaned_data)
        user: User = self.instance
        return user


class SkinForm(OwnAccountForm):
    class Meta:
        model = User
        fields = ("skin_type",)

    skin_type = forms.ChoiceField(
        label=_("Which is most like your skin, where the sun does not reach?"),
        choices=[*map(with_tone, SkinType), (UNSAID, _("I would rather not say"))],
        widget=forms.RadioSelect,
        required=False,
    )

    def clean_skin_type(self) -> str:
        return skin_type_of(self.cleaned_data["skin_type"])

    @transaction.atomic
    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - Django's
        user: User = super().save(commit)
        if user.skin_type != self.initial["skin_type"]:
            skin_type_changed.send(User, user=user)
        return user


@lru_cache(maxsize=1)
def _zones() -> list[tuple[str, str]]:
    """Return the choices for the time zone: the site's own zone, and zones named after places."""
    places = (name for name in available_timezones() if "/" in name and name[:4] != "Etc/")
    return [
        ("", gettext("The same as this site")),
        *((name, name.replace("_", " ")) for name in sorted(places)),
    ]


class RemindersForm(OwnAccountForm):
    """Turns reminders by mail on or off, and sets the time zone for them."""

    class Meta:
        model = User
        fields = ("is_reminded", "time_zone")

    time_zone = forms.ChoiceField(
        label=_("Your time zone"),
        help_text=_("Mails come between 9 in the morning and 8 in the evening."),
        choices=_zones,
        required=False,
    )
