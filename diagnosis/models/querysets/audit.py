from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat, Replace, Substr, TruncMinute

from accounts.models import User

if TYPE_CHECKING:
    # ruff does not see the names in the strings of base classes.
    from diagnosis.models import AuditEntry  # noqa: F401
    from diagnosis.models.querysets.screenings import ScreeningQuerySet

SCREENING = "screening:"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def looks_at(self, screenings: "ScreeningQuerySet") -> models.QuerySet[Any, Any]:
        """When others opened these photos, newest first: what falls into one minute is one look."""
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


def _name_in_the_trail() -> Concat:
    """A screening's name there; SQLite keeps the key in it without its dashes."""
    digits = Replace(Cast("pk", models.CharField()), Value("-"), Value(""))
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    dashed = [word for part in parts for word in (Value("-"), Substr(digits, *part))]
    return Concat(Value(SCREENING), *dashed[1:])
