from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, Q

from ml.paths import DEFAULT_MODEL

if TYPE_CHECKING:
    # ruff does not see the names in the strings of base classes.
    from diagnosis.models import ModelVersion  # noqa: F401


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> Self:
        """The one whose results people are shown; none while nobody has chosen one."""
        return self.filter(state="active")

    def answering(self) -> Self:
        """The active one; while nobody has chosen one, the one that comes with SkinScreen."""
        return self.filter(self._is_answering())

    def with_answering(self) -> Self:
        return self.annotate(
            is_answering=ExpressionWrapper(self._is_answering(), output_field=BooleanField())
        )

    def _is_answering(self) -> Q:
        is_chosen = Exists(self.model._default_manager.filter(state="active"))
        return Q(state="active") | Q(~is_chosen, version=DEFAULT_MODEL.name)

    def shadowing(self) -> Self:
        return self.filter(state="shadow")

    def replaced(self) -> Self:
        """Those that were active and could be again, the last one first."""
        return self.filter(state="idle", replaced_at__isnull=False).order_by("-replaced_at")
