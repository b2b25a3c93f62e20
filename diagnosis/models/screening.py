import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import CLINICIAN_FIRST
from diagnosis.models import choices
from diagnosis.models.choices import FailureReason, RefusalReason
from diagnosis.models.decisions import decided
from diagnosis.models.lesion import Lesion
from diagnosis.models.querysets.measurement_leases import MEASURED_WITHIN
from diagnosis.models.querysets.screenings import ScreeningQuerySet
from diagnosis.rules.urgency import RANK, TO_A_DOCTOR, most_urgent

if TYPE_CHECKING:
    from diagnosis.models.answers import Answers
    from diagnosis.models.classification.prediction import Prediction
    from diagnosis.models.histology import Histology
    from diagnosis.models.measurement import Measurement
    from diagnosis.models.profile import Profile
    from diagnosis.models.review import Review
    from diagnosis.rules.causes import Cause
    from diagnosis.rules.urgency import Decision, Reading, Urgency


class Screening(models.Model):
    """One photo and its result. The row, not the queue, is the source of truth (ADR 2)."""

    Status = choices.Status

    class Capture(models.TextChoices):
        DERMATOSCOPE = "dermatoscope", _("With a dermatoscope")
        CAMERA = "camera", _("With a phone or camera")
        UNKNOWN = "unknown", _("I don't know")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="screenings"
    )
    lesion = models.ForeignKey(Lesion, on_delete=models.CASCADE, related_name="screenings")
    photo = models.FileField()
    thumbnail = models.FileField()
    # `page` and `views` are made from the photo, and made again if they are missing (see
    # `photos.renditions`). `page` is a smaller JPEG for pages, empty if the photo itself is small
    # enough. `views` holds the networks' inputs.
    page = models.FileField(blank=True, editable=False)
    views = models.FileField(blank=True, editable=False)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField("SHA-256", max_length=64)
    capture = models.CharField(_("how the photo was taken"), max_length=16, choices=Capture.choices)
    note = models.CharField(_("note by the person"), max_length=500, blank=True)
    created_at = models.DateTimeField("sent", auto_now_add=True)
    # Chosen by the browser. It identifies a photo that is sent again after a double click or a lost
    # response.
    upload_key = models.UUIDField(null=True, editable=False)

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    # The round in which the photo is read (ADR 16). Null after a failed attempt.
    turn = models.PositiveBigIntegerField(null=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=32, choices=RefusalReason.choices, blank=True)
    failure = models.CharField(max_length=32, choices=FailureReason.choices, blank=True)

    # When the photo is measured next (ADR 18). Null if it is not due or already measured.
    measure_at = models.DateTimeField(null=True, editable=False)
    measure_attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    # Scale of the stored photo. Null until somebody marks an object of known size in it.
    mm_per_px = models.FloatField(_("millimetres per pixel"), null=True, editable=False)

    # Whether the area grew since the previous photo (see `Registration.shows_growth`).
    has_grown = models.BooleanField(
        _("growth since the previous photo"), default=False, editable=False
    )
    # When the growth was measured. The deadline for seeing a doctor is counted from then.
    grown_at = models.DateTimeField(_("growth was measured"), null=True, editable=False)

    # False for photos sent before SkinScreen asked questions ahead of a result: their results do
    # not wait for answers.
    asks_first = models.BooleanField(
        _("result waits for the person's age and answers"), default=False, editable=False
    )

    readings_due = models.PositiveSmallIntegerField(_("readings still due"), default=0)
    urgency = models.PositiveSmallIntegerField(default=0)

    # When a later model or measured growth made the result more urgent, and when this was mailed.
    raised_at = models.DateTimeField(null=True, editable=False)
    raise_mailed_at = models.DateTimeField(null=True, editable=False)

    objects = ScreeningQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["owner", "-created_at"], name="screening_history"),
            models.Index(fields=["lesion", "status", "-created_at"], name="screening_of_lesion"),
            models.Index(fields=["-created_at", "-id"], name="screening_newest"),
            models.Index(fields=["status", "-created_at"], name="screening_newest_in_status"),
            models.Index(fields=["status", "queued_at"], name="screening_sweep"),
            models.Index(fields=["finished_at"], name="screening_finished"),
            models.Index(
                fields=["measure_at"],
                name="screening_to_measure",
                condition=Q(measure_at__isnull=False),
            ),
            # Not a partial index: SQLite uses no partial index if the status is a query parameter.
            models.Index(fields=["status", "turn", "created_at"], name="screening_turn"),
            models.Index(
                fields=["owner", "turn"],
                name="screening_turn_of_owner",
                condition=Q(status="pending"),
            ),
            models.Index(
                fields=["owner"],
                name="screening_raise_to_mail",
                condition=Q(raised_at__isnull=False, raise_mailed_at=None),
            ),
            models.Index(
                fields=["-urgency", "created_at"],
                name="screening_queue",
                condition=Q(readings_due__gt=0),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="screening_mail_is_of_a_raise",
                condition=Q(raise_mailed_at=None)
                | Q(raised_at__isnull=False, raise_mailed_at__gte=F("raised_at")),
            ),
            models.CheckConstraint(
                name="screening_scale_is_a_length",
                condition=Q(mm_per_px=None) | Q(mm_per_px__gt=0),
            ),
            models.UniqueConstraint(
                name="screening_upload_is_stored_once", fields=["owner", "upload_key"]
            ),
            models.CheckConstraint(
                name="screening_is_leased_while_running",
                condition=Q(status="running", lease_expires_at__isnull=False)
                | (~Q(status="running") & Q(lease_expires_at__isnull=True)),
            ),
            # Also rejects unknown statuses.
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
    def prediction(self) -> "Prediction | None":
        """The newest prediction, from prefetched rows if there are any."""
        return max(
            self.predictions.all(), key=lambda prediction: prediction.created_at, default=None
        )

    @property
    def shown_prediction(self) -> "Prediction | None":
        """The prediction, if the person may see it now."""
        return None if self.is_held else self.prediction

    @property
    def is_held(self) -> bool:
        """Whether the model's result is withheld, for now or for good."""
        return self.no_tier_reason in decided.HELD

    @property
    def measurement(self) -> "Measurement | None":
        """The newest measurement."""
        return self.measurements.order_by("-created_at").first()

    @property
    def is_being_measured(self) -> bool:
        """Whether figures are expected soon, so that a page should keep polling."""
        if self.measure_at is None or self.finished_at is None:
            return False
        return timezone.now() - self.finished_at < MEASURED_WITHIN

    @property
    def review(self) -> "Review | None":
        """The reading that counts: the newest, or the most urgent while another is due.

        The newest may be an earlier clinician's second reading. If the reading of the clinician who
        joined last is more urgent, that reading counts.
        """
        readings = sorted(self.reviews.all(), key=lambda review: review.reviewed_at, reverse=True)
        referrals = [review for review in readings if review.sends_to_a_doctor]
        if self.readings_due and referrals:
            return max(referrals, key=lambda review: RANK[review.reading.urgency])
        counting = [readings[0], *self.readings[-1:]] if readings else []
        return max(counting, key=lambda review: RANK[review.reading.urgency], default=None)

    @property
    def readings(self) -> "list[Review]":
        """The last reading of each clinician, in the order of their first readings."""
        oldest_first = sorted(self.reviews.all(), key=lambda review: review.reviewed_at)
        return list({review.reader_key: review for review in oldest_first}.values())

    @property
    def findings(self) -> "list[Reading]":
        """The finding of each clinician, in the order of their first readings."""
        return [review.reading for review in self.readings]

    @property
    def is_judged(self) -> bool:
        """Whether a clinician has read the photo and could judge it."""
        return any(reading.urgency for reading in self.findings)

    @property
    def histology(self) -> "Histology | None":
        """The lesion's biopsy result. None for photos that were sent after the biopsy."""
        histology = self.lesion.histology
        return (
            histology
            if histology and timezone.localdate(self.created_at) <= histology.taken_on
            else None
        )

    @property
    def earlier(self) -> ScreeningQuerySet:
        """The earlier photos of the lesion, the newest first."""
        return Screening.objects.filter(lesion=self.lesion_id, created_at__lt=self.created_at)

    @property
    def has_earlier(self) -> bool:
        """Whether the lesion has an earlier photo that was or will be read.

        Uses all photos of the lesion, since pages have loaded them.
        """
        unread = {self.Status.REFUSED, self.Status.FAILED}
        photos = [photo for photo in self.lesion.screenings.all() if photo.status not in unread]
        return any(photo.created_at < self.created_at for photo in photos)

    @cached_property
    def is_followed(self) -> bool:
        """Whether a newer photo of the lesion has been read. `with_outcome` annotates this."""
        photos = self.lesion.screenings.all()
        newer = [photo for photo in photos if photo.created_at > self.created_at]
        return any(photo.status == Screening.Status.DONE for photo in newer)

    @cached_property
    def has_reader(self) -> bool:
        """Whether there is a clinician who may read the photo. `with_outcome` annotates this."""
        return self.lesion.owner.has_reader

    @property
    def is_withheld(self) -> bool:
        """Whether the model's result waits for a clinician's reading.

        A clinician who could not judge the photo releases only a result that asks for a doctor.
        """
        if not self.is_clinician_first or self.is_judged:
            return False
        prediction = self.prediction
        return not (self.review and prediction and prediction.urgency in TO_A_DOCTOR)

    @property
    def profile(self) -> "Profile | None":
        """The person whose skin is in the photo. None for old lesions (see `Lesion.profile`)."""
        return self.lesion.profile

    @property
    def is_clinician_first(self) -> bool:
        """Whether a clinician reads the photo before the model's result is shown."""
        return self.skin_type in CLINICIAN_FIRST or self.lacks_skin_type

    @property
    def skin_type(self) -> str:
        """The skin type of the person in the photo, or an empty string if it is unknown."""
        if self.profile is None or self.profile.is_own:
            return self.lesion.owner.skin_type
        return self.profile.other_skin_type

    @property
    def lacks_skin_type(self) -> bool:
        """Whether the skin type is unknown: the model may be untested on this skin."""
        return self.asks_first and self.profile is not None and not self.skin_type

    @property
    def waits_for_skin_type(self) -> bool:
        """Whether the model's result is withheld because the skin type is unknown."""
        return self.no_tier_reason == decided.WITHHELD and self.lacks_skin_type

    @property
    def lacks_answers(self) -> bool:
        """Whether the person still has to answer the questions about the spot."""
        return self.asks_first and self.given_answers is None

    @property
    def waits_for_person(self) -> bool:
        """Whether the model's result waits for answers from the person."""
        return self.no_tier_reason in decided.ASKS or self.waits_for_skin_type

    @cached_property
    def no_tier_reason(self) -> str:
        """Why the person sees no tier, or "" if they see it. Cached: a page uses it often."""
        return decided.no_tier_reason(self)

    @property
    def causes(self) -> "dict[Cause, Urgency]":
        """The reasons to see a doctor in answers and measured growth, each with its urgency."""
        return decided.causes_of(self)

    @property
    def causes_stamp(self) -> str:
        """Identifies the causes that a page shows: a reading knows of no cause added later."""
        return decided.stamp_of_causes(self)

    @property
    def answers_urgency(self) -> "Urgency | None":
        """The highest urgency to which the person's answers and measured growth lead."""
        return most_urgent(self.causes.values())

    @cached_property
    def decision(self) -> "Decision":
        """The urgency that the person sees, and what decided it. Cached: a page uses it often."""
        return decided.decision(self)

    @property
    def given_answers(self) -> "Answers | None":
        return getattr(self, "answers", None)
