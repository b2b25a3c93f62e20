from pathlib import Path
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from diagnosis.models.classification import model_folders
from ml.paths import DEFAULT_MODEL
from ml.serving.card import Card, ModelError


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> Self:
        """The version that somebody made active, if any."""
        return self.filter(state="active")

    def answering(self) -> Self:
        """The active version, or the shipped version while none is active."""
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
        """Idle versions that were active before, the most recently replaced first."""
        return self.filter(state="idle", replaced_at__isnull=False).order_by("-replaced_at")


class ModelVersion(models.Model):
    """A model folder, and whether workers run it."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        SHADOW = "shadow", _("In shadow")
        IDLE = "idle", _("Not running")

    version = models.CharField(max_length=64, unique=True)
    # Stored when a version first becomes active or shadow. So no other model runs under its name.
    card_sha256 = models.CharField("SHA-256 of the card", max_length=64, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.IDLE)
    activated_at = models.DateTimeField(null=True)
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    replaced_at = models.DateTimeField(null=True)
    is_answering: bool  # set by `with_answering`

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-version"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="modelversion_state_is_known",
                condition=Q(state__in=["active", "shadow", "idle"]),
            ),
            models.UniqueConstraint(
                name="modelversion_is_one_active_and_one_in_shadow",
                fields=["state"],
                condition=Q(state__in=["active", "shadow"]),
            ),
            models.CheckConstraint(
                name="modelversion_that_runs_has_its_card",
                condition=Q(state="idle") | ~Q(card_sha256=""),
            ),
            models.CheckConstraint(
                name="modelversion_active_has_a_time",
                condition=~Q(state="active") | Q(activated_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.version

    @property
    def folder(self) -> Path:
        return model_folders.folder_of(self.version)

    @cached_property
    def checked(self) -> Card | ModelError:
        """The card, or why the folder cannot be served. This reads every file."""
        try:
            card = model_folders.read(self.folder, self.card_sha256)
        except ModelError as error:
            return error
        if card.version != self.version:
            return ModelError(f"{self.folder} contains {card.version}: give the folder that name.")
        return card

    @property
    def card(self) -> Card | None:
        return self.checked if isinstance(self.checked, Card) else None

    @property
    def fault(self) -> str:
        return str(self.checked) if isinstance(self.checked, ModelError) else ""
