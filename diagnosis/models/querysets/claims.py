from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models.functions import Now

if TYPE_CHECKING:
    # ruff does not see the names in the strings of base classes.
    from diagnosis.models import Claim  # noqa: F401


class ClaimQuerySet(models.QuerySet["Claim"]):
    def current(self) -> Self:
        return self.filter(expires_at__gte=Now())

    def expired(self) -> Self:
        return self.filter(expires_at__lt=Now())
