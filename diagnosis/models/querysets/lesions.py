from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models

if TYPE_CHECKING:
    # ruff does not see the names in the strings of base classes.
    from diagnosis.models import Histology, Lesion  # noqa: F401


class LesionQuerySet(models.QuerySet["Lesion"]):
    def owned_by(self, user: AbstractUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)

    def of_others(self, user: AbstractUser | AnonymousUser) -> Self:
        """Those of which somebody may enter what a biopsy found: nobody does so for their own."""
        return self.exclude(owner_id=user.pk)

    def at(self, site: str, side: str) -> Self:
        """Those at a place on the body; without a side on either, without a site all."""
        wanted = {"body_site": site, "side": side} if side else {"body_site": site}
        return self.filter(**wanted) if site else self.all()

    def with_photos(self) -> Self:
        """With every photo's outcome, in two queries more."""
        from diagnosis.models.screening import Screening

        outcomes = Screening.objects.with_outcome()
        return self.prefetch_related(models.Prefetch("screenings", outcomes))


class HistologyQuerySet(models.QuerySet["Histology"]):
    def valid(self) -> Self:
        """Those that no later entry corrects: one a lesion at most."""
        return self.filter(corrected_at=None)
