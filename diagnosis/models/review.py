from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from diagnosis.models.screening import Screening
from diagnosis.rules import stored_tiers, verdicts
from diagnosis.rules.urgency import Reading

LONGEST_NOTE, LONGEST_MESSAGE = 2000, 500


class Review(models.Model):
    """One clinician's reading of one screening."""

    class Verdict(models.TextChoices):
        URGENT = Reading.URGENT.value, _("Urgent: to be seen within two weeks")
        SOON = Reading.SOON.value, _("Soon: to be seen within eight weeks")
        WATCH = Reading.WATCH.value, _("Watch: a new photo in three months")
        UNUSABLE = Reading.UNUSABLE.value, _("Photo not usable")
        # From before urgencies existed. These values are stored, but no longer given.
        AGREE = "agree", _("Agree with the tier")
        DISAGREE = "disagree", _("Disagree with the tier")
        REFER = "refer", _("Refer to a dermatologist")

    OFFERED: ClassVar = [
        (verdict.value, verdict.label) for verdict in Verdict if verdict.value in {*Reading}
    ]

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="reviews")
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    note = models.TextField(
        _("note for colleagues (the person does not see it)"), max_length=LONGEST_NOTE, blank=True
    )
    message = models.CharField(
        _("message to the person, shown without changes"),
        max_length=LONGEST_MESSAGE,
        blank=True,
    )
    # The tier that "agree" refers to. A later model may give another tier.
    tier = models.CharField(
        _("tier that the clinician was shown"), max_length=16, blank=True, editable=False
    )
    # A reading outlives the account of the clinician who made it.
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="reviews",
        editable=False,
    )
    # The id of the clinician's account. No foreign key, because it stays when the account is
    # deleted: otherwise a correction would count as another clinician's reading. Null for accounts
    # that were deleted before this was stored.
    reader = models.BigIntegerField(null=True, editable=False)
    reviewed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-reviewed_at"]
        # A covering index: reader statistics over all time need only the index, not the rows.
        indexes: ClassVar = [
            models.Index(
                fields=["screening", "reviewed_at", "verdict", "tier", "reviewed_by"],
                name="review_of_screening",
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="review_verdict_is_known",
                condition=Q(verdict__in=["urgent", "soon", "watch", "unusable", *verdicts.EARLIER]),
            ),
            models.CheckConstraint(
                name="review_tier_is_known", condition=Q(tier__in=[*stored_tiers.COUNTS_AS])
            ),
        ]

    def __str__(self) -> str:
        return self.get_verdict_display()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.reader = self.reviewed_by_id
        super().save(*args, **kwargs)

    @property
    def reading(self) -> Reading:
        """The verdict as a `Reading`, also for verdicts of earlier releases."""
        return verdicts.reading_of(self.verdict, self.tier)

    @property
    def reader_key(self) -> int:
        """A number for the clinician. Without `reader`, each reading counts by itself."""
        return self.reader or -self.pk

    @property
    def sends_to_a_doctor(self) -> bool:
        """Whether the reading sends the person to a doctor."""
        return bool(self.finding)

    @property
    def finding(self) -> bool | None:
        """Whether the clinician sends the person to a doctor. None if the photo was unusable."""
        return verdicts.refers(self.reading)


class ClaimQuerySet(models.QuerySet["Claim"]):
    def current(self) -> Self:
        return self.filter(expires_at__gte=Now())

    def expired(self) -> Self:
        return self.filter(expires_at__lt=Now())


class Claim(models.Model):
    """A clinician's exclusive right to read a case for a limited time."""

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
    """A clinician's impression before they see the model's result. Never changed."""

    class Finding(models.TextChoices):
        URGENT = Reading.URGENT.value, _("Urgent: to be seen within two weeks")
        SOON = Reading.SOON.value, _("Soon, or I cannot tell: to be seen within eight weeks")
        WATCH = Reading.WATCH.value, _("Watch: nothing suspicious on this photo")
        UNUSABLE = Reading.UNUSABLE.value, _("Photo not usable")
        # From before urgencies existed. These values are stored, but no longer given.
        SUSPICIOUS = "suspicious", _("Suspicious: a dermatologist should see it")
        NOT_SUSPICIOUS = "not_suspicious", _("Not suspicious on this photo")
        UNSURE = "unsure", _("Cannot tell from this photo")

    OFFERED: ClassVar = [
        (finding.value, finding.label) for finding in Finding if finding.value in {*Reading}
    ]

    screening = models.ForeignKey(Screening, on_delete=models.CASCADE, related_name="impressions")
    finding = models.CharField(max_length=16, choices=Finding.choices)
    formed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="impressions"
    )
    formed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["screening", "formed_at", "finding"], name="impression_of_screening"
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="impression_is_one_a_clinician", fields=["screening", "formed_by"]
            ),
            models.CheckConstraint(
                name="impression_finding_is_known",
                condition=Q(
                    finding__in=[
                        *("urgent", "soon", "watch", "unusable"),
                        *("suspicious", "not_suspicious", "unsure"),
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.get_finding_display()

    @property
    def reading(self) -> Reading:
        """The finding as a `Reading`, also for findings of earlier releases."""
        return verdicts.impression_of(self.finding)
