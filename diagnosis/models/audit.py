from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from django.db import models
from django.db.models import Exists, Func, OuterRef, Value
from django.db.models.functions import Concat, Substr, TruncMinute
from django.utils.translation import gettext_lazy as _

from accounts.models import User

if TYPE_CHECKING:
    from diagnosis.models.querysets.screenings import ScreeningQuerySet


SCREENING = "screening:"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def looks_at(self, screenings: "ScreeningQuerySet") -> models.QuerySet[Any, Any]:
        """Who else opened these photos and in which minute, newest first, without duplicates."""
        views = self.filter(action="view", subject__in=screenings.values_list(_name_in_the_trail()))
        operators = User.objects.filter(pk=OuterRef("actor"), is_superuser=True)
        return (
            views.annotate(
                minute=TruncMinute("at"),
                screening=Substr("subject", len(SCREENING) + 1),
                is_operator=Exists(operators),
            )
            .values("minute", "screening", "actor", "is_operator")
            .distinct()
            .order_by("-minute", "screening", "actor")
        )


class _Dashed(Func):
    """A column of UUIDs as text with dashes. SQLite stores them without dashes."""

    template = "CAST(%(expressions)s AS varchar)"
    output_field = models.CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        texts = [f"substr(%(expressions)s, {start}, {length})" for start, length in parts]
        return self.as_sql(compiler, connection, template=" || '-' || ".join(texts), **context)


def _name_in_the_trail() -> Concat:
    """The subject of a screening's entries."""
    return Concat(Value(SCREENING), _Dashed("pk"))


class AuditEntry(models.Model):
    """An event, chained to the previous entry. Written once, never changed.

    It refers to people and photos only by id, and contains no names, addresses, file names or
    figures, since it outlives its subject.
    """

    class Action(models.TextChoices):
        UPLOAD = "upload", _("Photo sent")
        RESULT = "result", _("Result stored")
        MAIL = "mail", _("Mail about a more urgent result sent")
        ANSWER = "answer", _("Questions answered")
        VIEW = "view", _("Photo viewed")
        CLAIM = "claim", _("Case claimed")
        READING = "reading", _("Reading recorded")
        BIOPSY = "biopsy", _("Biopsy result entered")
        REQUEUE = "requeue", _("Queued again after a failure")
        LESION = "lesion", _("Description of a spot changed")
        SKIN_TYPE = "skin_type", _("Skin type changed")
        DELETION = "deletion", _("Deleted")
        EXPORT = "export", _("Data exported")
        MODEL = "model", _("Model changed")
        CONSENT = "consent", _("Consent given or withdrawn")
        SECOND_STEP = "second_step", _("Second step at sign-in changed")
        ACCESS = "access", _("Password or rights changed")
        SIGN_IN = "sign_in", _("Signed in, or confirmed who they are")
        SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
        KEYED = "keyed", _("Entries are signed with a key from here on")

    number = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    action = models.CharField(max_length=16, choices=Action.choices)
    # No foreign keys, because the entry stays when the account or the photo is deleted.
    actor = models.BigIntegerField("account", null=True)
    subject = models.CharField(max_length=64, blank=True, db_index=True)
    detail = models.JSONField(default=dict)
    # Empty in entries of earlier releases, whose hash has no key.
    key_id = models.CharField(max_length=16, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-number"]
        verbose_name_plural: ClassVar = _("audit trail")

    def __str__(self) -> str:
        return f"{self.number}: {self.get_action_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An audit entry is never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("An audit entry is never deleted.")


class AuditHead(models.Model):
    """The last entry's number and hash, in a single row. They reveal a truncated trail.

    Appending an entry locks this row.
    """

    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.number} entries"


class AuditCheck(models.Model):
    """The result of the last daily check, in a single row."""

    at = models.DateTimeField()
    entries = models.PositiveBigIntegerField()
    faults = models.PositiveBigIntegerField()
    # Entries whose key is missing.
    unchecked = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.entries} entries, {self.faults} faults, {self.unchecked} unchecked"
