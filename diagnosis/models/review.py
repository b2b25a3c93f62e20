from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from diagnosis.models.querysets.claims import ClaimQuerySet
from diagnosis.models.screening import Screening
from diagnosis.rules import review_policy, tiers, verdicts
from diagnosis.rules.urgency import Reading

LONGEST_NOTE = 2000


class Review(models.Model):
    """One clinician's reading of one screening."""

    class Verdict(models.TextChoices):
        AGREE = "agree", "Agree with the tier"
        DISAGREE = "disagree", "Disagree with the tier"
        REFER = "refer", "Refer to a dermatologist"
        # Where the model has no answer to agree or disagree with.
        WATCH = "watch", "Nothing suspicious on this photo: watch the spot"
        UNUSABLE = "unusable", "Photo not usable"

    ABOUT_A_TIER: ClassVar = (Verdict.AGREE, Verdict.DISAGREE)

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="reviews")
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    note = models.TextField(
        "note for colleagues (the person does not see it)", max_length=LONGEST_NOTE, blank=True
    )
    # What "agree" was said of: a later model may say something else of the photo.
    tier = models.CharField(
        "tier that the clinician was told", max_length=16, blank=True, editable=False
    )
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
                condition=Q(verdict__in=["agree", "disagree", "refer", "watch", "unusable"]),
            ),
            models.CheckConstraint(
                name="review_tier_is_known", condition=Q(tier__in=[*tiers.COUNTS_AS])
            ),
        ]

    def __str__(self) -> str:
        return self.get_verdict_display()

    @property
    def reading(self) -> Reading:
        """The verdict as an urgency, whenever it was given."""
        return verdicts.reading_of(self.verdict, self.tier)

    @property
    def sends_to_a_doctor(self) -> bool:
        """Whether the person reads that a dermatologist should see the spot."""
        return self.verdict in {self.Verdict.REFER, self.Verdict.DISAGREE}

    @property
    def finding(self) -> bool | None:
        """Whether the clinician found the photo suspicious; none: they could not tell."""
        return review_policy.finding(self.verdict, self.tier)


class Claim(models.Model):
    """A case that a clinician has taken, for a while, so that nobody else reads it too."""

    screening = models.OneToOneField(
        Screening, on_delete=models.CASCADE, primary_key=True, related_name="claim"
    )
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims"
    )
    expires_at = models.DateTimeField()

    objects = ClaimQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.screening_id} taken by {self.claimed_by}"


class Impression(models.Model):
    """What a clinician saw in a photo before they knew what the model had found. Never changed."""

    class Finding(models.TextChoices):
        SUSPICIOUS = "suspicious", "Suspicious: a dermatologist should see it"
        NOT_SUSPICIOUS = "not_suspicious", "Not suspicious on this photo"
        UNSURE = "unsure", "Cannot tell from this photo"
        UNUSABLE = "unusable", "Photo not usable"

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="impressions")
    finding = models.CharField(max_length=16, choices=Finding.choices)
    formed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="impressions"
    )
    formed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="impression_is_one_a_clinician", fields=["screening", "formed_by"]
            ),
            models.CheckConstraint(
                name="impression_finding_is_known",
                condition=Q(finding__in=["suspicious", "not_suspicious", "unsure", "unusable"]),
            ),
        ]

    def __str__(self) -> str:
        return self.get_finding_display()
