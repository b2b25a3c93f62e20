from datetime import timedelta
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from diagnosis.models.decisions.decided import ASKS
from diagnosis.models.querysets.times import now_plus
from diagnosis.models.screening import Screening
from diagnosis.rules.urgency import Urgency

# For so long nothing further is done about news that were not opened.
PATIENCE = timedelta(days=3)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def note_result(self, screening: Screening) -> None:
        """Have an urgent answer of the model mailed, if nobody opens it for three days.

        One that waits for the person's answers, too: they do not know that it is urgent.
        """
        prediction = screening.prediction
        is_told = not screening.silence or screening.silence in ASKS
        if is_told and prediction and prediction.urgency is Urgency.URGENT:
            news = {
                "urgency": prediction.urgency,
                "noted_at": Now(),
                "due_at": now_plus(PATIENCE),
            }
            self.get_or_create(screening=screening, defaults=news)

    def owned_by(self, user: AbstractUser | AnonymousUser) -> Self:
        return self.filter(screening__owner=user.pk)

    def unopened(self) -> Self:
        return self.filter(opened_at=None)

    def readings(self) -> Self:
        return self.filter(is_reading=True)

    def due(self) -> Self:
        """Those that a mail is to tell of now: of a reading always once, else while unopened."""
        is_first = Q(is_reading=True, mailed_at=None)
        return self.filter(is_first | Q(opened_at=None), due_at__lte=Now())

    def to_reach(self) -> Self:
        """Urgent ones that no mail has brought their owner to open."""
        mailed = Q(due_at=None, mailed_at__lte=now_plus(-PATIENCE))
        return self.unopened().filter(mailed, urgency=Urgency.URGENT.value, reached_at=None)


class Notice(models.Model):
    """News about a photo that its owner is to read: a clinician's reading, or an urgent result."""

    screening = models.OneToOneField(
        Screening, on_delete=models.CASCADE, primary_key=True, related_name="notice"
    )
    # As the person reads it now; empty: none.
    urgency = models.CharField(max_length=16, blank=True)
    is_reading = models.BooleanField("a clinician's reading", default=False)
    noted_at = models.DateTimeField()
    due_at = models.DateTimeField("next mail", null=True)
    mailed_at = models.DateTimeField("last mail", null=True)
    opened_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField("reached otherwise", null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["noted_at"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="notice_due", condition=Q(due_at__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="notice_urgency_is_known",
                condition=Q(urgency__in=["", "urgent", "soon", "watch"]),
            ),
            models.CheckConstraint(
                name="notice_is_mailed_after_it_is_noted",
                condition=Q(mailed_at=None) | Q(mailed_at__gte=F("noted_at")) | Q(is_reading=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Notice of {self.screening_id}"
