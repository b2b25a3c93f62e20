"""The adapters by which allauth is customised."""

import logging
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any, ClassVar

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.mail import outbox
from accounts.mfa import mfa_status, secret_encryption
from accounts.models import User
from accounts.privacy import consent
from accounts.rate_limits import attempt_limits, throttling
from accounts.sessions import end_sessions_link, known_devices
from skinscreen.keys import KeyMissingError

logger = logging.getLogger("accounts.adapters")

LIMITED = {"too_many_login_attempts", "rate_limited"}


# How long the code or link in a mail is valid.
CODE_LASTS = timedelta(seconds=app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT)
LASTS = {
    "account/email/email_confirmation": CODE_LASTS,
    "account/email/email_confirmation_signup": CODE_LASTS,
    "account/email/password_reset_key": timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT),
}


class AccountAdapter(DefaultAccountAdapter):
    # Our own messages say what to do next, and do not reveal whether an address has an account.
    error_messages: ClassVar = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _(
            "This e-mail address and this password do not belong together. Check both, or choose "
            "“Forgot your password?”."
        ),
        "incorrect_password": _("This is not your password. Type it again."),
        "enter_current_password": _("This is not your current password. Type it again."),
        "incorrect_code": _("This code is wrong. Use the code in the newest mail."),
    }

    def render_mail(self, template_prefix: str, *args: Any, **kwargs: Any) -> EmailMessage:
        mail: EmailMessage = super().render_mail(template_prefix, *args, **kwargs)
        lasts = LASTS.get(template_prefix)
        return outbox.set_terms(mail, outbox.Terms(lasts)) if lasts else mail

    def validation_error(self, code: str, *args: object) -> Any:
        """Answer a reached rate limit with a page, instead of an error in the form."""
        if code in LIMITED:
            return ImmediateHttpResponse(respond_429(context.request))
        return super().validation_error(code, *args)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the page after signing in: queue, consent form, the person's spots, or upload."""
        if request.user.is_staff and request.user.has_perm("diagnosis.add_review"):
            return reverse("diagnosis:queue")
        if request.user.is_authenticated and not consent.is_given(request.user):
            return reverse(consent.PAGE)
        if request.user.is_authenticated and request.user.lesions.exists():
            return reverse("diagnosis:home")
        return str(super().get_login_redirect_url(request))

    def get_client_ip(self, request: HttpRequest) -> str:
        """Unwrap IPv4-mapped IPv6 addresses. Otherwise all IPv4 clients would be one network."""
        address = ip_address(super().get_client_ip(request))
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return str(mapped or address)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the attempt. allauth removes the count if the password is right."""
        if request.user.is_authenticated:
            self._login_failed_rl_usage = throttling.count_own("password_again", request.user)
            return
        email = credentials["email"].lower()
        holder = User.objects.filter(email=email).first()
        self._login_failed_rl_usage = throttling.count(request, "sign_in", email, holder)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Authenticate. An attempt is not counted if the site itself fails."""
        try:
            return super().authenticate(request, **credentials)
        except Exception:  # a wrong password raises nothing
            self._rollback_login_failed_rl_usage()
            raise

    def set_password(self, user: User, password: str) -> None:
        """Store only the password: the rest of the account's row may have changed meanwhile."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Reset the counts of sign-in attempts after a password reset."""
        attempt_limits.clear(request, "sign_in", credentials["email"].lower())

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in. If this is not the first time and the device is new, send a mail."""
        is_new = user.last_login is not None and not known_devices.identify(request, user)
        super().login(request, user)
        if not get_authentication_records(request, user):
            # A sign-up counts as authentication: the person has just set the password and confirmed
            # the address.
            record_authentication(request, user, "sign_up")
        if is_new:
            self.send_notification_mail("account/email/new_device", user)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """Send the mail, with a link to the page that ends all sessions of the account."""
        link = self.request.build_absolute_uri(end_sessions_link.path_for(user))
        context = {"end_url": link} | (context or {})
        super().send_notification_mail(template_prefix, user, context, **options)

    def is_reauthentication_required(self, **_: Any) -> bool:
        """Return whether the last sign-in or reauthentication was too long ago."""
        return not mfa_status.is_recent(context.request)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Leave out the password if the person has a second step and has not used it yet."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        is_enough = mfa_status.is_done(context.request) or not mfa_status.is_set_up(user)
        return [method for method in methods if is_enough or method["id"] != "reauthenticate"]


class MFAAdapter(DefaultMFAAdapter):
    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is wrong, or it was used already. Use the next code."),
        "cannot_delete_authenticator": _(
            "Your account can see what other people sent, so it needs a second step. Set up "
            "another second step before you remove this one."
        ),
    }

    def encrypt(self, text: str) -> str:
        return secret_encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return secret_encryption.decrypt(encrypted_text)
        except KeyMissingError as error:
            logger.error("second steps cannot be checked: %s", error)  # noqa: TRY400 - no trace
            page = render(context.request, "mfa/key_missing.html", status=503)
            raise ImmediateHttpResponse(page) from error

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return mfa_status.is_enough(authenticator.user, without=authenticator)

    def generate_authenticator_name(self, user: User, type: str) -> str:  # noqa: A002
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey {number}").format(number=number)
