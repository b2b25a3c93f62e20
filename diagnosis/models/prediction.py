from typing import ClassVar

from django.db import models
from django.db.models import Q

from diagnosis.models.screening import Screening
from ml.labels import Tier


class Prediction(models.Model):
    """One model version's output for one screening. Written once, never changed."""

    class TierChoice(models.TextChoices):
        ELEVATED = Tier.ELEVATED.value, "Elevated"
        LOWER = Tier.LOWER.value, "Lower"

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="predictions")
    model_version = models.CharField(max_length=64)
    probability = models.FloatField("calibrated probability of melanoma")
    tier = models.CharField(max_length=16, choices=TierChoice.choices)
    melanomas_per_100 = models.PositiveSmallIntegerField(
        "melanomas among 100 test photos scored like this"
    )
    is_uncertain = models.BooleanField("close to the line between the tiers", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="prediction_is_unique_per_model_version",
                fields=["screening", "model_version"],
            ),
            models.CheckConstraint(
                name="prediction_probability_is_one",
                condition=Q(probability__gte=0, probability__lte=1),
            ),
            models.CheckConstraint(
                name="prediction_frequency_is_of_100",
                condition=Q(melanomas_per_100__gte=0, melanomas_per_100__lte=100),
            ),
            models.CheckConstraint(name="prediction_tier_is_known", condition=Q(tier__in=[*Tier])),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.model_version})"

    @property
    def label(self) -> str:
        """The tier, and whether it is sure of it."""
        doubt = ", uncertain" if self.is_uncertain else ""
        return f"{self.get_tier_display()}{doubt}"
