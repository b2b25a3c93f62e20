from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

if TYPE_CHECKING:
    # ruff does not see the names in the strings of base classes.
    from diagnosis.models import Reminder  # noqa: F401


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
        """Without visits whose result waits for a clinician: the question would tell it."""
        from diagnosis.models.screening import Screening

        shown = Screening.objects.shown()
        return self.filter(Q(screening=None) | Exists(shown.filter(pk=OuterRef("screening"))))

    def due_for(self, user: AbstractUser | AnonymousUser) -> Self:
        """What a person reads of on their pages."""
        return self.owned_by(user).due().shown().select_related("lesion")

    def mailable(self) -> Self:
        """Due, not mailed yet, and of somebody who takes mails."""
        owner = {"lesion__owner__is_reminded": True, "lesion__owner__is_active": True}
        return self.due().shown().filter(sent_at=None, **owner)

    def claim(self) -> int:
        """Mark as sent what nobody has marked yet, and return how many they are.

        One table alone: with a join PostgreSQL would not look again at a row that it waited for.
        """
        return self.due().filter(sent_at=None).update(sent_at=Now())
