from typing import ClassVar

from django.db import models
from django.db.models import Q

from diagnosis.models.screening import Screening
from ml.labels import Tier


class Output(models.Model):
    """What one model version makes of one screening. Written once, never changed."""

    class TierChoice(models.TextChoices):
        ELEVATED = Tier.ELEVATED.value, "Elevated"
        LOWER = Tier.LOWER.value, "Lower"

    model_version = models.CharField(max_length=64)
    probability = models.FloatField("calibrated probability of melanoma")
    tier = models.CharField(max_length=16, choices=TierChoice.choices)
    melanomas_per_100 = models.PositiveSmallIntegerField(
        "melanomas among 100 test photos scored like this"
    )
    is_uncertain = models.BooleanField("close to the line between the tiers", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="%(class)s_is_unique_per_model_version",
                fields=["screening", "model_version"],
            ),
            models.CheckConstraint(
                name="%(class)s_probability_is_one",
                condition=Q(probability__gte=0, probability__lte=1),
            ),
            models.CheckConstraint(
                name="%(class)s_frequency_is_of_100",
                condition=Q(melanomas_per_100__gte=0, melanomas_per_100__lte=100),
            ),
            models.CheckConstraint(name="%(class)s_tier_is_known", condition=Q(tier__in=[*Tier])),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.model_version})"

    @property
    def label(self) -> str:
        """The tier, and whether it is sure of it."""
        doubt = ", uncertain" if self.is_uncertain else ""
        return f"{self.get_tier_display()}{doubt}"


class Prediction(Output):
    """What people are shown, and what tier, queue, plots and reports go by."""

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="predictions")

    class Meta(Output.Meta):
        indexes: ClassVar = [
            # What lists filter by is in the index: counting takes no look at the rows.
            models.Index(
                fields=["screening", "tier", "is_uncertain"], name="prediction_of_screening"
            )
        ]


class ShadowPrediction(Output):
    """What a model in shadow would have said: for the comparison of models, and nobody else.

    In a table of its own, so that nothing that reads predictions can ever come upon it.
    """

    screening = models.ForeignKey(
        Screening, on_delete=models.CASCADE, related_name="shadow_predictions"
    )
