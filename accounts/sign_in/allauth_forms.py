"""allauth's forms, with length limits and rate limits."""

from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as second_step
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.bounds import Bounded, CredentialField
from accounts.mfa.mfa_status import mark_used
from accounts.models import User
from accounts.rate_limits import throttling
from accounts.signals import passkey_refused


class SignInForm(Bounded, account.LoginForm):
    labels: ClassVar = {
        "login": _("E-mail address"),
        "remember": _("Keep me signed in on this device"),
    }


class AgainForm(Bounded, account.ReauthenticateForm):
    pass


class CodeFromMailForm(Bounded, account.ConfirmEmailVerificationCodeForm):
    pass


class ResetLinkForm(Bounded, account.UserTokenForm):
    def clean(self) -> Any:
        # allauth's code assumes that both parts are present.
        return self.cleaned_data if self.errors else super().clean()


class FirstPasswordForm(Bounded, account.SetPasswordForm):
    pass


class SecondStepForm(Bounded, second_step.AuthenticateForm):
    labels: ClassVar = {"code": _("Code from your app, or a recovery code")}
    action = "second_step"

    def clean_code(self) -> str:
        with throttling.count_own(self.action, self.user):
            code: str = super().clean_code()
            if self.authenticator.type == Authenticator.Type.TOTP:
                _mark_used(self.user, code)
        return code


class SecondStepAgainForm(SecondStepForm, second_step.ReauthenticateForm):
    action = "second_step_again"
    save = second_step.ReauthenticateForm.save


class AppForm(Bounded, totp.ActivateTOTPForm):
    labels: ClassVar = {"code": _("Code from the app")}

    def clean_code(self) -> str:
        code: str = super().clean_code()
        _mark_used(self.user, code)
        return code


def _mark_used(user: User, code: str) -> None:
    if not mark_used(user, code):
        raise get_adapter().validation_error("incorrect_code")


class NewPasskeyForm(Bounded, webauthn.AddWebAuthnForm):
    labels: ClassVar = {"name": _("What do you call this passkey?")}
    credential = CredentialField()


class PasskeyNameForm(Bounded, webauthn.EditWebAuthnForm):
    labels: ClassVar = {"name": _("What do you call this passkey?")}


class PasskeyProof(Bounded, webauthn.AuthenticateWebAuthnForm):
    """Sends the signal for a passkey that failed, as allauth does for a code."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError:
            passkey_refused.send(User, user=self.user)
            raise


class PasskeySignInForm(PasskeyProof, webauthn.LoginWebAuthnForm):
    pass


class PasskeyForm(PasskeyProof):
    pass


class PasskeyAgainForm(PasskeyProof, webauthn.ReauthenticateWebAuthnForm):
    pass
