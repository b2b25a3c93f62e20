"""Mails to somebody whose account an operator has changed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PASSWORD_CHANGED: Final = _(
    "The password was changed or removed. You were signed out on all devices."
)
SECOND_STEP: Final = _(
    "A second step was removed from your sign-in. If you have no other second step, your password "
    "alone is enough."
)
# For each flag: the sentence if the flag is true, and the sentence if it is false.
FLAGS: Final = {
    "is_active": (
        _("Your account is open."),
        _("Your account is closed: nobody can sign in to it."),
    ),
    "is_staff": (
        _("Your account can see what other people sent."),
        _("Your account cannot see what other people sent."),
    ),
    "is_superuser": (
        _("Your account can change other accounts."),
        _("Your account cannot change other accounts."),
    ),
}


def tell_of_deletion(users: Iterable[User]) -> None:
    """Notify the owners of deleted accounts. A notice before the deletion would be deleted, too."""
    for user in users:
        get_adapter().send_mail("account/email/deleted_by_operator", user.email, {})


def tell_of_changes(user: User, fields: Iterable[str]) -> None:
    """Notify the account's owner about changed fields, with the new values."""
    words = [str(FLAGS[name][not getattr(user, name)]) for name in fields if name in FLAGS]
    if "groups" in fields:
        names = user.groups.order_by("name").values_list("name", flat=True)
        groups = ", ".join(names) or gettext("none")
        words.append(gettext("The groups of your account: {groups}.").format(groups=groups))
    if words:
        tell(user, *words)


def tell(user: User, *sentences: "StrOrPromise") -> None:
    """Notify the owner, also from a command: allauth's adapter would need a request."""
    context = {
        "sentences": sentences,
        "operator": settings.OPERATOR,
        "current_site": {"domain": urlsplit(settings.SITE_URL).netloc},
    }
    subject = render_to_string("account/email/changed_by_operator_subject.txt").strip()
    EmailMessage(
        settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + subject,
        render_to_string("account/email/changed_by_operator_message.txt", context).strip(),
        to=[user.email],
    ).send()
