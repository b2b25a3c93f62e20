import uuid
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from diagnosis.querysets import ScreeningQuerySet
from diagnosis.texts import FailureReason, RefusalReason
from ml.labels import Tier


class Screening(models.Model):
    """One photo and what became of it. The row is the truth; the queue is a hint."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        RUNNING = "running", "Being read"
        DONE = "done", "Result ready"
        REFUSED = "refused", "Photo not usable"
        FAILED = "failed", "Not read, our fault"

    class Capture(models.TextChoices):
        DERMATOSCOPE = "dermatoscope", "With a dermatoscope"
        CAMERA = "camera", "With a phone or camera"
        UNKNOWN = "unknown", "I don't know"

    class BodySite(models.TextChoices):
        SCALP = "scalp", "Scalp"
        FACE = "face", "Face"
        EAR = "ear", "Ear"
        NECK = "neck", "Neck"
        CHEST = "chest", "Chest"
        ABDOMEN = "abdomen", "Abdomen"
        BACK = "back", "Back"
        GENITAL = "genital", "Genital area"
        ARM = "arm", "Arm or shoulder"
        HAND = "hand", "Hand, finger or nail"
        LEG = "leg", "Leg or hip"
        FOOT = "foot", "Foot, toe or nail"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="screenings"
    )
    photo = models.FileField()
    thumbnail = models.FileField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField("SHA-256", max_length=64)
    capture = models.CharField("how the photo was taken", max_length=16, choices=Capture.choices)
    body_site = models.CharField(
        "where on the body", max_length=16, choices=BodySite.choices, blank=True
    )
    note = models.CharField("note by the person", max_length=500, blank=True)
    created_at = models.DateTimeField("sent", auto_now_add=True)

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    lease_expires_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=32, choices=RefusalReason.choices, blank=True)
    failure = models.CharField(max_length=32, choices=FailureReason.choices, blank=True)

    objects = ScreeningQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["owner", "-created_at"], name="screening_history"),
            models.Index(fields=["status", "queued_at"], name="screening_sweep"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="screening_is_leased_while_running",
                condition=Q(status="running", lease_expires_at__isnull=False)
                | (~Q(status="running") & Q(lease_expires_at__isnull=True)),
            ),
            # It also keeps unknown statuses out.
            models.CheckConstraint(
                name="screening_finish_has_a_time",
                condition=Q(status__in=["pending", "running"], finished_at__isnull=True)
                | Q(status__in=["done", "refused", "failed"], finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="screening_refusal_has_a_reason",
                condition=(Q(status="refused") & ~Q(refusal=""))
                | (~Q(status="refused") & Q(refusal="")),
            ),
            models.CheckConstraint(
                name="screening_failure_has_a_reason",
                condition=(Q(status="failed") & ~Q(failure=""))
                | (~Q(status="failed") & Q(failure="")),
            ),
        ]

    def __str__(self) -> str:
        return f"Screening {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("diagnosis:detail", args=[self.pk])

    @property
    def is_finished(self) -> bool:
        return self.status in {self.Status.DONE, self.Status.REFUSED, self.Status.FAILED}

    @property
    def poll_milliseconds(self) -> int:
        """How soon a page should ask again: often at first, then sparing a queue that is long."""
        age = timezone.now() - self.created_at
        return 150 if age < timedelta(seconds=5) else 2000

    @property
    def prediction(self) -> "Prediction | None":
        """The newest model version's; reads the prefetched ones where there are any."""
        return max(self.predictions.all(), key=lambda one: one.created_at, default=None)

    @property
    def review(self) -> "Review | None":
        """The newest reading by a clinician."""
        return max(self.reviews.all(), key=lambda one: one.reviewed_at, default=None)


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
