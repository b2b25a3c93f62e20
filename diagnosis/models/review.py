from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from diagnosis.models.screening import Screening


class Review(models.Model):
    """One clinician's reading of one screening."""

    class Verdict(models.TextChoices):
        AGREE = "agree", "Agree with the tier"
        DISAGREE = "disagree", "Disagree with the tier"
        REFER = "refer", "Refer to a dermatologist"
        UNUSABLE = "unusable", "Photo not usable"

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="reviews")
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    note = models.TextField("note for colleagues (the person does not see it)", blank=True)
    # A reading outlives the account of the clinician who made it.
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="reviews",
        editable=False,
    )
    reviewed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-reviewed_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="review_verdict_is_known",
                condition=Q(verdict__in=["agree", "disagree", "refer", "unusable"]),
            )
        ]

    def __str__(self) -> str:
        return self.get_verdict_display()
