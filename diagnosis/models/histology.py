from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from diagnosis.models.lesion import Lesion


class HistologyQuerySet(models.QuerySet["Histology"]):
    def valid(self) -> Self:
        """Entries that no later entry corrects. There is at most one per lesion."""
        return self.filter(corrected_at=None)


class Histology(models.Model):
    """The result of a biopsy of a lesion. Never changed: a correction is a new entry."""

    class Diagnosis(models.TextChoices):
        MELANOMA = "melanoma", _("Melanoma")
        OTHER_MALIGNANT = "other_malignant", _("Another malignant tumour")
        BENIGN = "benign", _("Benign")

    lesion = models.ForeignKey(Lesion, on_delete=models.CASCADE, related_name="histologies")
    diagnosis = models.CharField(max_length=16, choices=Diagnosis.choices)
    taken_on = models.DateField(_("day of the biopsy"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="histologies"
    )
    entered_at = models.DateTimeField(auto_now_add=True)
    # Null in the valid entry.
    corrected_at = models.DateTimeField(null=True, editable=False)

    objects = HistologyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-entered_at", "-id"]
        verbose_name = _("biopsy result")
        permissions: ClassVar = [("view_figures", _("Can see the figures for the lead"))]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="histology_is_one_that_counts",
                fields=["lesion"],
                condition=Q(corrected_at=None),
            ),
            models.CheckConstraint(
                name="histology_diagnosis_is_known",
                condition=Q(diagnosis__in=["melanoma", "other_malignant", "benign"]),
            ),
        ]

    def __str__(self) -> str:
        return self.get_diagnosis_display()
