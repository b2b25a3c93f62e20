"""allauth's forms, none of which takes more text than anybody needs."""

from allauth.account import forms as account
from allauth.mfa.base import forms as second_step
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn

from accounts import guard
from accounts.bounds import Bounded, CredentialField


class SignInForm(Bounded, account.LoginForm):
    pass


class AgainForm(Bounded, account.ReauthenticateForm):
    pass


class CodeFromMailForm(Bounded, account.ConfirmEmailVerificationCodeForm):
    pass


class ResetLinkForm(Bounded, account.UserTokenForm):
    pass


class FirstPasswordForm(Bounded, account.SetPasswordForm):
    pass


class SecondStepForm(Bounded, second_step.AuthenticateForm):
    def clean_code(self) -> str:
        with guard.count_own("second_step", self.user):
            code: str = super().clean_code()
        return code


class SecondStepAgainForm(Bounded, second_step.ReauthenticateForm):
    def clean_code(self) -> str:
        with guard.count_own("second_step_again", self.user):
            code: str = super().clean_code()
        return code


class AppForm(Bounded, totp.ActivateTOTPForm):
    pass


class NewPasskeyForm(Bounded, webauthn.AddWebAuthnForm):
    credential = CredentialField()


class PasskeyNameForm(Bounded, webauthn.EditWebAuthnForm):
    pass


class PasskeySignInForm(Bounded, webauthn.LoginWebAuthnForm):
    credential = CredentialField()


class PasskeyForm(Bounded, webauthn.AuthenticateWebAuthnForm):
    credential = CredentialField()


class PasskeyAgainForm(Bounded, webauthn.ReauthenticateWebAuthnForm):
    credential = CredentialField()
