"""Selections of screenings: by who may see them, and by what they wait for."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Self

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    Subquery,
)
from django.db.models.functions import Coalesce, Greatest, Now
from django.utils import timezone

from accounts.models import CLINICIAN_FIRST, User
from diagnosis.models.choices import Status
from diagnosis.models.profile import ADULT
from diagnosis.models.querysets.measurement_leases import MeasuredQuerySet
from diagnosis.rules import checklist, stored_tiers
from ml.labels import Tier
from skinscreen.backends.times import midnight


def _predictions() -> Any:
    """Return the predictions of a screening, for a subquery."""
    from diagnosis.models.classification.prediction import Prediction

    return Prediction.objects.filter(screening=OuterRef("pk"))


def _newest() -> Any:
    """Return a screening's newest prediction, for a subquery."""
    from diagnosis.models.classification.prediction import Prediction

    later = Prediction.objects.filter(
        screening=OuterRef("screening"), created_at__gt=OuterRef("created_at")
    )
    return _predictions().exclude(Exists(later))


def _answered_by(version: str) -> Q:
    from diagnosis.models.classification.prediction import Prediction, ShadowPrediction

    answer = {"model_version": version, "screening": OuterRef("pk")}
    predictions = Prediction.objects.filter(**answer)
    return Q(Exists(predictions)) | Q(Exists(ShadowPrediction.objects.filter(**answer)))


def _readings() -> Any:
    """Return the readings of a screening, for a subquery."""
    from diagnosis.models.review import Review

    return Review.objects.filter(screening=OuterRef("pk"))


def _judgements() -> Any:
    """Return the last readings of clinicians who could judge a screening, for a subquery."""
    from diagnosis.models.review import Review

    by_same = {"screening": OuterRef("screening"), "reader": OuterRef("reader")}
    later = Review.objects.filter(**by_same, reviewed_at__gt=OuterRef("reviewed_at"))
    return _readings().exclude(verdict="unusable").exclude(Exists(later))


def _referred_at() -> Greatest:
    """Return the last time at which any source may have sent the person to a doctor."""
    referrals = _predictions().filter(tier__in=stored_tiers.REFERRING).order_by("created_at")
    moments = (
        Subquery(referrals.values("created_at")[:1]),
        F("answers__asks_since"),
        F("answers__cause_added_at"),
        F("lesion__profile__answered_at"),
        F("lesion__profile__cause_added_at"),
        F("grown_at"),
        Subquery(_readings().order_by("-reviewed_at").values("reviewed_at")[:1]),
    )
    return Greatest(*(Coalesce(moment, "created_at") for moment in moments))


def _may_refer() -> Q:
    signs = Q(*((f"answers__{name}", True) for name in checklist.QUESTIONS), _connector=Q.OR)
    history = Q(lesion__profile__had_melanoma=True) | Q(lesion__profile__had_skin_cancer=True)
    referrals = _readings().exclude(verdict__in=["watch", "unusable"])
    predicted = Q(Exists(_predictions().filter(tier__in=stored_tiers.REFERRING)), status="done")
    return predicted | Q(has_grown=True) | signs | history | Q(Exists(referrals))


class ScreeningQuerySet(MeasuredQuerySet):
    def owned_by(self, user: AbstractUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)

    def visible_to(self, user: AbstractUser | AnonymousUser) -> Self:
        """Screenings that somebody may see. Reviewers may see all, others only their own."""
        if user.is_staff and user.has_perm("diagnosis.view_screening"):
            return self.all()
        return self.owned_by(user)

    def sent(self, *, since: date | None, until: date | None) -> Self:
        """Screenings sent from one day to another, both included. None means no limit."""
        begin = Q(created_at__gte=midnight(since)) if since else Q()
        end = Q(created_at__lt=midnight(until + timedelta(days=1))) if until else Q()
        return self.filter(begin & end)

    def done(self) -> Self:
        return self.filter(status=Status.DONE)

    def refused(self) -> Self:
        return self.filter(status="refused")

    def refused_before(self, moment: Any) -> Self:
        return self.filter(status=Status.REFUSED, finished_at__lt=moment)

    def unused(self) -> Self:
        """Screenings without a reading whose lesion has neither a biopsy nor an open reminder."""
        from diagnosis.models.reminder import Reminder

        is_awaited = Exists(Reminder.objects.open().filter(lesion=OuterRef("lesion")))
        return self.filter(~is_awaited, reviews=None, lesion__histologies=None)

    def shown(self) -> Self:
        """Screenings whose result waits for no reading: `is_withheld` is False."""
        is_own = Q(lesion__profile=None) | Q(lesion__profile__name="")
        is_clinician_first = is_own & Q(owner__skin_type__in=CLINICIAN_FIRST)
        is_clinician_first |= Q(lesion__profile__other_skin_type__in=CLINICIAN_FIRST)
        is_unknown = Q(lesion__profile__name="", owner__skin_type="")
        is_unknown |= Q(lesion__profile__name__gt="", lesion__profile__other_skin_type="")
        is_clinician_first |= is_unknown & Q(asks_first=True)
        refers = Exists(_newest().filter(tier__in=stored_tiers.REFERRING))
        is_released = Q(Exists(_judgements())) | Q(Exists(_readings())) & Q(refers)
        return self.exclude(is_clinician_first & ~is_released)

    def with_attainable_result(self) -> Self:
        """The screenings of `shown`, except those of known minors.

        Their results may still wait for an answer from the person.
        """
        # Only the year of birth is stored, so a person counts as a minor until the end of the year
        # of their 18th birthday.
        youngest = timezone.localdate().year - ADULT - 1
        return self.shown().exclude(lesion__profile__birth_year__gt=youngest)

    def with_visible_result(self) -> Self:
        """Screenings whose model result the person may see: `no_tier_reason` is not in `HELD`."""
        asks_first = Q(asks_first=True)
        lacks_age = Q(lesion__profile__isnull=False, lesion__profile__birth_year=None)
        watch, no_answer = (stored_tiers.stored_as(tier) for tier in (Tier.WATCH, None))
        asks = Q(Exists(_newest().filter(tier__in=watch)))
        asks |= Q(Exists(_newest().filter(tier__in=no_answer))) & Q(Exists(_judgements()))
        waits_for_answers = asks_first & (lacks_age | Q(answers=None) & asks)
        return self.with_attainable_result().exclude(waits_for_answers)

    def without_visit_question(self) -> Self:
        """Screenings that may send the person to a doctor, and whose lesion has no visit reminder.

        A reminder that was closed before the last referral does not count. The selection may be too
        large, so check `Screening.decision`, which uses everything that is stored.
        """
        from diagnosis.models.reminder import Reminder

        visits = (
            Reminder.objects.visits()
            .filter(lesion=OuterRef("lesion"))
            .filter(Q(closed_at=None) | Q(answer="seen", closed_at__gte=OuterRef("referred_at")))
        )
        return self.alias(referred_at=_referred_at()).filter(_may_refer(), ~Exists(visits))

    def where_newest(self, **answer: Any) -> Self:
        """Screenings whose newest prediction has these values."""
        return self.filter(Exists(_newest().filter(**answer)))

    def of_tiers(self, stored: Sequence[str]) -> Self:
        """Screenings whose newest prediction has one of these stored tiers."""
        return self.where_newest(tier__in=stored).done()

    def to_reread(self, version: str) -> Self:
        """Screenings unread by this version, whose newest prediction sends nobody to a doctor."""
        answered = _predictions().filter(model_version=version)
        return self.of_tiers(stored_tiers.NOT_REFERRING).exclude(Exists(answered))

    def raised(self) -> Self:
        """Screenings whose result became more urgent, and about which no mail has been sent."""
        return self.filter(raised_at__isnull=False, raise_mailed_at=None)

    def with_outcome(self) -> Self:
        """Load everything that a decision and its texts need."""
        newer = self.model.objects.filter(
            lesion=OuterRef("lesion"), status=Status.DONE, created_at__gt=OuterRef("created_at")
        )
        has_reader = Exists(User.objects.readers_for(OuterRef("owner")))
        return (
            self.with_outcome_of_lesion("lesion__owner", "lesion__profile")
            .prefetch_related("lesion__reminders")
            .annotate(is_followed=Exists(newer), has_reader=has_reader)
        )

    def with_outcome_of_lesion(self, *related: str) -> Self:
        """Load what a decision needs apart from the lesion, which the caller has loaded.

        The screening then computes `is_followed` and `has_reader` from that lesion and its owner.
        """
        from diagnosis.models.classification.prediction import Prediction

        # The decision needs no probabilities, and parsing their JSON takes long.
        predictions = Prefetch("predictions", Prediction.objects.defer("probabilities"))
        own = self.select_related("answers", *related)
        return own.prefetch_related(predictions, "reviews")

    def read_by_model(self, version: str) -> Self:
        """Screenings that a model version has read, in shadow or not."""
        return self.filter(_answered_by(version))

    def unread_by_model(self, version: str) -> Self:
        """Screenings that have a result, but not yet from this model version."""
        return self.filter(~_answered_by(version), status=Status.DONE)

    def to_read(self, user: AbstractUser | AnonymousUser) -> Self:
        """Screenings that wait for a reading by this clinician, the most urgent first."""
        waiting = self.filter(readings_due__gt=0).exclude(owner_id=user.pk)
        return waiting.exclude(reviews__reviewed_by=user.pk).order_by("-urgency", "created_at")

    def with_overdue(self, within: timedelta) -> Self:
        """Annotate whether a screening is unread although the promised day is past."""
        from diagnosis.models.review import Review

        is_read = Exists(Review.objects.filter(screening=OuterRef("pk")))
        is_past = Q(created_at__lt=midnight(timezone.localdate()) - within)
        overdue = ExpressionWrapper(is_past & ~Q(is_read), output_field=BooleanField())
        return self.annotate(is_overdue=overdue)

    def reviewed_by(self, user: AbstractUser | AnonymousUser) -> Self:
        """Screenings that this clinician has read."""
        return self.filter(reviews__reviewed_by=user.pk)

    def free_for(self, user: AbstractUser | AnonymousUser) -> Self:
        """Screenings that no other clinician has claimed."""
        is_free = Q(claim=None) | Q(claim__expires_at__lt=Now()) | Q(claim__claimed_by=user.pk)
        return self.filter(is_free)
