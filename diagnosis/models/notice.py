from datetime import timedelta
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from diagnosis.models.screening import Screening
from diagnosis.rules.urgency import Urgency
from skinscreen.backends.times import now_plus

# How long news may stay unopened before a mail is sent or a clinician calls.
PATIENCE = timedelta(days=3)


def is_urgent_result(screening: Screening) -> bool:
    """Return whether the model's result is urgent, and does not wait for a clinician."""
    prediction = screening.prediction
    may_be_shown = not screening.no_tier_reason or screening.waits_for_person
    return bool(may_be_shown and prediction and prediction.urgency is Urgency.URGENT)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def note_result(self, screening: Screening) -> None:
        """Plan a mail in case an urgent model result is not opened for three days.

        This includes a result that waits for the person's answers, since the person cannot know
        that it is urgent. An existing urgent notice stays as it is.
        """
        if is_urgent_result(screening):
            self.note_urgent(screening, is_again=False)

    def note_urgent(self, screening: Screening, *, is_again: bool = True) -> None:
        """Plan a mail about an urgent result, in place of a less urgent notice of the photo.

        With `is_again` also replace an urgent notice that was opened.
        """
        urgent, later = {"urgency": Urgency.URGENT.value}, now_plus(PATIENCE)
        fields = urgent | {"noted_at": Now(), "due_at": later}
        _, is_new = self.get_or_create(screening=screening, defaults=fields)
        if is_new:
            return
        existing, unread = self.filter(pk=screening.pk), {"opened_at": None, "reached_at": None}
        existing = existing if is_again else existing.exclude(**urgent)
        # The person has read the earlier notice, so this notice is new.
        opened = existing.exclude(opened_at=None).exclude(is_reading=True, mailed_at=None)
        opened.update(**fields, **unread, is_reading=False, mailed_at=None)
        # An unsent mail about a reading keeps its earlier date.
        less_urgent = existing.exclude(**urgent, opened_at=None)
        less_urgent.update(**urgent, **unread, due_at=Coalesce("due_at", later))

    def note_calmed(self, screening: Screening) -> None:
        """Record that a result is no longer urgent. A later urgent result is then news."""
        if not is_urgent_result(screening):
            self.filter(pk=screening.pk).update(urgency=screening.decision.urgency or "")

    def owned_by(self, user: AbstractUser | AnonymousUser) -> Self:
        return self.filter(screening__owner=user.pk)

    def unopened(self) -> Self:
        return self.filter(opened_at=None)

    def readings(self) -> Self:
        return self.filter(is_reading=True)

    def due(self) -> Self:
        """Notices to be mailed now.

        A reading is always mailed once. Everything else is mailed only while it is unopened.
        """
        is_first = Q(is_reading=True, mailed_at=None)
        return self.filter(is_first | Q(opened_at=None), due_at__lte=Now())

    def to_reach(self) -> Self:
        """Urgent notices whose owners must be reached in another way.

        They are unopened three days after the last mail. A closed account gets no mail and can open
        nothing: its three days begin with the notice.
        """
        mailed = Q(due_at=None, mailed_at__lte=now_plus(-PATIENCE))
        closed = Q(screening__owner__is_active=False, noted_at__lte=now_plus(-PATIENCE))
        return self.unopened().filter(
            mailed | closed, urgency=Urgency.URGENT.value, reached_at=None
        )


class Notice(models.Model):
    """News for a photo's owner: a clinician's reading, or an urgent result."""

    screening = models.OneToOneField(
        Screening, on_delete=models.CASCADE, primary_key=True, related_name="notice"
    )
    # The urgency that the person sees now. Empty if there is none.
    urgency = models.CharField(max_length=16, blank=True)
    is_reading = models.BooleanField(_("about a clinician's reading"), default=False)
    noted_at = models.DateTimeField()
    due_at = models.DateTimeField(_("next mail"), null=True)
    mailed_at = models.DateTimeField(_("last mail"), null=True)
    opened_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(_("reached in another way"), null=True)

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
