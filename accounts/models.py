from collections.abc import Collection
from typing import Any, ClassVar
from unicodedata import normalize
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models, transaction
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.signals import access_changed, deletion_begins

# The group of clinicians who read photos and enter biopsy results (see `accounts.access.roles`).
REVIEWERS = "Reviewers"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())

    def readers_for(self, owner: Any) -> models.QuerySet["User"]:
        """Return the clinicians who may read a person's photos. Nobody reads their own photos.

        Superusers outside the group may do everything, but do not count as clinicians.

        Args:
            owner: the person's key, None for somebody without an account, or an expression.
        """
        staff = self.filter(is_active=True, is_staff=True)
        return staff.filter(groups__name=REVIEWERS).exclude(pk=owner)


class SkinType(models.TextChoices):
    """Fitzpatrick, "The validity and practicality of sun-reactive skin types", 1988."""

    I = "I", _("Very light: always burns, never tans")  # noqa: E741
    II = "II", _("Light: burns easily, tans a little")
    III = "III", _("Light to olive: burns sometimes, tans slowly")
    IV = "IV", _("Olive to light brown: burns seldom, tans well")
    V = "V", _("Brown: burns very seldom, tans deeply")
    VI = "VI", _("Dark brown to black: hardly ever burns")


# Fields that grant access, with the values of an ordinary account.
FLAGS = {"is_active": True, "is_staff": False, "is_superuser": False}

# A clinician reads photos of these skin types before the model's result is shown, since the model
# was trained and tested on lighter skin.
CLINICIAN_FIRST = (SkinType.IV, SkinType.V, SkinType.VI)


def _is_too_long(password: str | None) -> bool:
    return password is not None and len(password) > settings.MAX_PASSWORD_LENGTH


class User(AbstractUser):
    """A person, identified by an e-mail address, which is unique and in lower case."""

    username = None  # type: ignore[assignment]
    # Fitzpatrick's scale, by the person's own judgement. Empty if they did not say.
    skin_type = models.CharField(max_length=3, choices=SkinType.choices, blank=True)
    # Empty for the site's time zone.
    time_zone = models.CharField(max_length=64, blank=True)
    is_reminded = models.BooleanField(_("Send me mails that remind me"), default=True)
    # Incremented when all sessions are ended. This invalidates all device cookies.
    device_generation = models.PositiveIntegerField(default=0, editable=False)
    # Empty without consent.
    allows_training_since = models.DateTimeField(
        _("may be used for training since"), null=True, blank=True, editable=False
    )
    # The version of the privacy notice that the person has accepted, and when. Both are empty
    # before the first consent.
    consent_version = models.CharField(max_length=16, blank=True, editable=False)
    consented_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The constraint below allows only lower case, so no two addresses differ only in case.
    email = models.EmailField(_("e-mail address"), unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                name="user_email_is_lower_case", condition=models.Q(email=Lower("email"))
            ),
            models.CheckConstraint(
                name="user_consent_has_a_time",
                condition=models.Q(consent_version="", consented_at=None)
                | (~models.Q(consent_version="") & models.Q(consented_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="user_skin_type_is_known",
                condition=models.Q(skin_type__in=["", "I", "II", "III", "IV", "V", "VI"]),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def is_clinician_first(self) -> bool:
        """Whether a clinician reads the photos before the model's result is shown."""
        return self.skin_type in CLINICIAN_FIRST

    @cached_property
    def has_reader(self) -> bool:
        """Whether there is a clinician to read the person's photos. Cached: lists use it often."""
        return User.objects.readers_for(self.pk).exists()

    @property
    def needs_second_step(self) -> bool:
        """Whether the account may see other people's photos, so that a password is not enough."""
        return self.is_staff or self.is_superuser

    @property
    def needs_key(self) -> bool:
        """Whether the second step has to be a passkey or a security key, which resist phishing."""
        return self.is_superuser and settings.SUPERUSERS_NEED_KEY

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the person's day begins and ends."""
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)

    # Passwords are in NFC, since keyboards send an accented letter as one code point or as two.
    def set_password(self, raw_password: str | None) -> None:
        if _is_too_long(raw_password):
            raise ValueError(f"A password has {settings.MAX_PASSWORD_LENGTH} characters at most.")
        super().set_password(raw_password and normalize("NFC", raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        if _is_too_long(raw_password):
            return False
        return super().check_password(raw_password and normalize("NFC", raw_password))

    def clean(self) -> None:
        super().clean()
        self.email = self.email.lower()

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        changes = self._changes(kwargs.get("update_fields"))
        super().save(*args, **kwargs)
        if changes:
            access_changed.send(User, user=self, changes=changes)

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the account under a lock, or a file that is added meanwhile would stay."""
        User.objects.select_for_update().filter(pk=self.pk).first()
        deletion_begins.send(User, user=self)
        return super().delete(*args, **kwargs)

    def _changes(self, fields: Collection[str] | None) -> dict[str, Any]:
        """Return the changed access fields with their new values. A password's value is "new"."""
        names = [name for name in (*FLAGS, "password") if fields is None or name in fields]
        if not names:
            return {}
        before = FLAGS | {"password": self.password}
        if not self._state.adding:
            before = User.objects.values(*FLAGS, "password").get(pk=self.pk)
        changed = {
            name: getattr(self, name) for name in names if getattr(self, name) != before[name]
        }
        if changed.pop("password", None) and not self._is_rehashed(names):
            changed |= {"password": "new"}
        return changed

    def _is_rehashed(self, stored: list[str]) -> bool:
        """Whether Django is only upgrading the hash of the same password."""
        is_new = getattr(self, "_password", None) is not None or not self.has_usable_password()
        return not is_new and stored == ["password"]


class HourlyCount(models.Model):
    """A count of actions in an hour, by account or by network address.

    The key is an HMAC of the action with the account or the address.
    """

    hour = models.PositiveIntegerField()
    key = models.CharField(max_length=64)
    number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_count_an_hour", fields=["hour", "key"])
        ]

    def __str__(self) -> str:
        return f"{self.number} in hour {self.hour}"


class WaitingMailQuerySet(models.QuerySet["WaitingMail"]):
    def due(self) -> "WaitingMailQuerySet":
        return self.filter(due_at__lte=Now()).order_by("created_at", "pk")


class WaitingMail(models.Model):
    """A mail that the mail server has not accepted yet (see `accounts.mail.outbox`)."""

    to = models.EmailField()
    sender = models.CharField(max_length=320)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    headers = models.JSONField(default=dict)
    # Whether sending the mail twice is worse than not sending it.
    is_once = models.BooleanField(default=False)
    tries = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    expires_at = models.DateTimeField(db_index=True)

    objects = WaitingMailQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Mail {self.pk}"
