import uuid
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from diagnosis.models.lesion import Lesion
from diagnosis.models.review import Review
from diagnosis.models.screening import Screening


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def owned_by(self, user: AbstractUser | AnonymousUser) -> Self:
        return self.filter(lesion__owner=user.pk)

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def due(self) -> Self:
        return self.open().filter(due_at__lte=Now())

    def visits(self) -> Self:
        return self.filter(kind="visit")

    def rechecks(self) -> Self:
        return self.filter(kind="recheck")

    def shown(self) -> Self:
        """Leave out questions about a visit while the photo's result waits for a clinician.

        Such a question would reveal the result. After any reading, even one that could not judge
        the photo, the question is shown, since the person's answers may advise the visit.
        """
        shown = Exists(Screening.objects.shown().filter(pk=OuterRef("screening")))
        is_read = Exists(Review.objects.filter(screening=OuterRef("screening")))
        return self.filter(Q(screening=None) | shown | is_read)

    def due_for(self, user: AbstractUser | AnonymousUser) -> Self:
        """Due reminders that a person's pages show."""
        return self.owned_by(user).due().shown().select_related("lesion")

    def mailable(self) -> Self:
        """Due reminders that have not been mailed, and whose owner accepts such mails."""
        owner = {"lesion__owner__is_reminded": True, "lesion__owner__is_active": True}
        return self.due().shown().filter(sent_at=None, **owner)

    def claim(self) -> int:
        """Mark as sent those reminders that no other process has marked. Return their number.

        The query has no join: after waiting for a lock, PostgreSQL checks the locked row again, but
        not the joined rows.
        """
        return self.due().filter(sent_at=None).update(sent_at=Now())


class Reminder(models.Model):
    """Something that a person should do about a lesion, due from a day until it is done."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("Have you seen a doctor?")
        RECHECK = "recheck", _("A new photo")

    class Answer(models.TextChoices):
        SEEN = "seen", _("Yes, a doctor has looked at it")
        BOOKED = "booked", _("Not yet, but I have an appointment")
        NOT_YET = "not_yet", _("Not yet")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    lesion = models.ForeignKey(Lesion, on_delete=models.CASCADE, related_name="reminders")
    # The photo whose result advises the visit. The reminder is deleted with the photo.
    screening = models.ForeignKey(
        Screening, on_delete=models.CASCADE, null=True, related_name="reminders"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=16, choices=Answer.choices, blank=True)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="reminder_due", condition=Q(closed_at=None))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="reminder_is_open_once",
                fields=["lesion", "kind"],
                condition=Q(closed_at=None),
            ),
            models.CheckConstraint(
                name="reminder_of_a_visit_has_its_result",
                condition=Q(kind="visit", screening__isnull=False)
                | Q(kind="recheck", screening__isnull=True),
            ),
            models.CheckConstraint(
                name="reminder_of_a_visit_is_closed_by_an_answer",
                condition=Q(kind="recheck", answer="")
                | Q(kind="visit", answer="", closed_at__isnull=True)
                | Q(
                    kind="visit",
                    answer__in=["seen", "booked", "not_yet"],
                    closed_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="reminder_is_not_sent_early",
                condition=Q(sent_at=None) | Q(sent_at__gte=F("due_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.lesion}"

    @property
    def is_due(self) -> bool:
        return self.due_at <= timezone.now()
