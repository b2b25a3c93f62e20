"""Verbs and adjectives for screenings; all times are the database's, never a worker's."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import models, transaction
from django.db.models import (
    BooleanField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    Value,
)
from django.db.models.functions import Cast, Concat, Now, Replace, Substr, TruncMinute
from django.utils import timezone

from accounts.models import CLINICIAN_FIRST, User
from ml.paths import DEFAULT_MODEL

if TYPE_CHECKING:
    # ruff does not see the names in the strings of base classes.
    from diagnosis.models import (  # noqa: F401
        AuditEntry,
        Claim,
        Heartbeat,
        Histology,
        Lesion,
        ModelVersion,
        Reminder,
        Screening,
    )


SCREENING = "screening:"


def now_plus(delta: timedelta) -> ExpressionWrapper:
    return ExpressionWrapper(Now() + delta, output_field=DateTimeField())


def _answered_by(version: str) -> Q:
    tables = (apps.get_model("diagnosis", name) for name in ("Prediction", "ShadowPrediction"))
    answers = [
        table.objects.filter(model_version=version, screening=OuterRef("pk")) for table in tables
    ]
    return Q(*map(Exists, answers), _connector=Q.OR)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class LesionQuerySet(models.QuerySet["Lesion"]):
    def owned_by(self, user: AbstractUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)

    def at(self, site: str, side: str) -> Self:
        """Those at a place on the body; without a site, all."""
        return self.filter(body_site=site, side=side) if site else self.all()

    def with_photos(self) -> Self:
        """With every photo's outcome, in two queries more."""
        outcomes = apps.get_model("diagnosis", "Screening").objects.with_outcome()
        return self.prefetch_related(models.Prefetch("screenings", outcomes))


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def looks_at(self, screenings: "ScreeningQuerySet") -> models.QuerySet[Any, Any]:
        """When others opened these photos, newest first: what falls into one minute is one look."""
        views = self.filter(action="view", subject__in=screenings.values_list(_name_in_the_trail()))
        operators = User.objects.filter(pk=OuterRef("actor"), is_superuser=True)
        return (
            views.annotate(
                minute=TruncMinute("at"),
                screening=Substr("subject", len(SCREENING) + 1),
                is_operator=Exists(operators),
            )
            .values("minute", "screening", "actor", "is_operator")
            .distinct()
            .order_by("-minute", "screening", "actor")
        )


def _name_in_the_trail() -> Concat:
    """A screening's name there; SQLite keeps the key in it without its dashes."""
    digits = Replace(Cast("pk", models.CharField()), Value("-"), Value(""))
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    dashed = [word for part in parts for word in (Value("-"), Substr(digits, *part))]
    return Concat(Value(SCREENING), *dashed[1:])


class ClaimQuerySet(models.QuerySet["Claim"]):
    def current(self) -> Self:
        return self.filter(expires_at__gte=Now())

    def expired(self) -> Self:
        return self.filter(expires_at__lt=Now())


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    def fresh(self) -> Self:
        """Of workers that are alive: a few may be missed while all children are busy."""
        return self.filter(beat_at__gte=now_plus(-4 * settings.HEARTBEAT))

    def forgotten(self) -> Self:
        """Of hosts that are gone for good."""
        return self.filter(beat_at__lt=now_plus(-timedelta(days=1)))


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def owned_by(self, user: AbstractUser | AnonymousUser) -> Self:
        return self.filter(lesion__owner=user.pk)

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def due(self) -> Self:
        return self.open().filter(due_at__lte=Now())

    def visits(self) -> Self:
        return self.filter(kind="visit")

    def rechecks(self) -> Self:
        return self.filter(kind="recheck")

    def shown(self) -> Self:
        """Without visits whose result waits for a clinician: the question would tell it."""
        shown = apps.get_model("diagnosis", "Screening").objects.shown()
        return self.filter(Q(screening=None) | Exists(shown.filter(pk=OuterRef("screening"))))

    def due_for(self, user: AbstractUser | AnonymousUser) -> Self:
        """What a person reads of on their pages."""
        return self.owned_by(user).due().shown().select_related("lesion")

    def mailable(self) -> Self:
        """Due, not mailed yet, and of somebody who takes mails."""
        owner = {"lesion__owner__is_reminded": True, "lesion__owner__is_active": True}
        return self.due().shown().filter(sent_at=None, **owner)

    def claim(self) -> int:
        """Mark as sent what nobody has marked yet, and return how many they are.

        One table alone: with a join PostgreSQL would not look again at a row that it waited for.
        """
        return self.due().filter(sent_at=None).update(sent_at=Now())


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def active(self) -> Self:
        """The one whose results people are shown; none while nobody has chosen one."""
        return self.filter(state="active")

    def answering(self) -> Self:
        """The active one; while nobody has chosen one, the one that comes with SkinScreen."""
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
        """Those that were active and could be again, the last one first."""
        return self.filter(state="idle", replaced_at__isnull=False).order_by("-replaced_at")


class HistologyQuerySet(models.QuerySet["Histology"]):
    def valid(self) -> Self:
        """Those that no later entry corrects: one a lesion at most."""
        return self.filter(corrected_at=None)


class ScreeningQuerySet(models.QuerySet["Screening"]):
    def owned_by(self, user: AbstractUser | AnonymousUser) -> Self:
        return self.filter(owner_id=user.pk)

    def visible_to(self, user: AbstractUser | AnonymousUser) -> Self:
        """The person's own; a reviewer's are all."""
        if user.is_staff and user.has_perm("diagnosis.view_screening"):
            return self.all()
        return self.owned_by(user)

    def sent(self, *, since: date | None, until: date | None) -> Self:
        """Those sent from one day to another, both included; None is no limit."""
        begin = Q(created_at__gte=_midnight(since)) if since else Q()
        end = Q(created_at__lt=_midnight(until + timedelta(days=1))) if until else Q()
        return self.filter(begin & end)

    def done(self) -> Self:
        return self.filter(status="done")

    def refused_before(self, moment: Any) -> Self:
        return self.filter(status="refused", finished_at__lt=moment)

    def unused(self) -> Self:
        """Those that no clinician has read, of lesions without a biopsy or an open reminder."""
        reminders = apps.get_model("diagnosis", "Reminder").objects.open()
        is_awaited = Exists(reminders.filter(lesion=OuterRef("lesion")))
        return self.filter(~is_awaited, reviews=None, lesion__histologies=None)

    def shown(self) -> Self:
        """Without those whose result waits for a clinician's reading."""
        return self.exclude(owner__skin_type__in=CLINICIAN_FIRST, reviews=None)

    def unasked(self) -> Self:
        """Elevated, and nobody has asked since whether a doctor has seen the lesion."""
        reminders = apps.get_model("diagnosis", "Reminder").objects
        asked = (
            reminders.visits()
            .filter(lesion=OuterRef("lesion"))
            .filter(Q(closed_at=None) | Q(closed_at__gte=OuterRef("finished_at")))
        )
        elevated = self.filter(status="done", predictions__tier="elevated")
        return elevated.exclude(Exists(asked)).distinct()

    def with_outcome(self) -> Self:
        return self.select_related("owner", "lesion", "answers").prefetch_related(
            "predictions", "reviews", "measurements"
        )

    def read_by_model(self, version: str) -> Self:
        """Those about which a model version has answered, in shadow or not."""
        return self.filter(_answered_by(version))

    def unread_by_model(self, version: str) -> Self:
        """Those with a result about which a model version has not answered yet."""
        return self.filter(~_answered_by(version), status="done")

    def to_read(self, user: AbstractUser | AnonymousUser) -> Self:
        """Those that wait for a reading that this clinician may give, the most urgent first."""
        waiting = self.filter(readings_due__gt=0).exclude(owner_id=user.pk)
        return waiting.exclude(reviews__reviewed_by=user.pk).order_by("-urgency", "created_at")

    def free_for(self, user: AbstractUser | AnonymousUser) -> Self:
        """Those that no other clinician has taken."""
        is_free = Q(claim=None) | Q(claim__expires_at__lt=Now()) | Q(claim__claimed_by=user.pk)
        return self.filter(is_free)

    def expired(self) -> Self:
        """Running, but the worker that held the lease is gone."""
        return self.filter(status="running", lease_expires_at__lt=Now())

    def forgotten(self) -> Self:
        """Pending for so long that the broker must have lost the message."""
        return self.filter(status="pending", queued_at__lt=now_plus(-settings.LEASE))

    def next_turn(self, owner_id: object) -> int:
        """Return the round in which a person's next photo is read; each round has one of each.

        It comes after the person's others, and not before the round that is being read: who has
        not waited so far gains nothing by it.
        """
        waiting = self.filter(status="pending")
        first = waiting.aggregate(turn=Min("turn"))["turn"]
        last = waiting.filter(owner_id=owner_id).aggregate(turn=Max("turn"))["turn"]
        return max(first or 0, 0 if last is None else last + 1)

    @transaction.atomic
    def claim(self, pk: object) -> "Screening | None":
        """Take the lease on the screening whose turn it is, or return None where nobody waits.

        `pk` itself is taken only if it has no turn, as after an attempt that failed. Rows that
        another worker is just claiming are skipped.
        """
        waiting = self.select_for_update(skip_locked=True).filter(status="pending")
        first = (
            waiting.filter(pk=pk, turn=None).first()
            or waiting.exclude(turn=None).order_by("turn", "created_at").first()
        )
        if first is None:
            return None
        self.filter(pk=first.pk).update(
            status="running",
            attempts=F("attempts") + 1,
            lease_expires_at=now_plus(settings.LEASE),
        )
        return self.get(pk=first.pk)

    def held(self, screening: "Screening") -> Self:
        """The screening, if the attempt that claimed it still holds it."""
        return self.filter(pk=screening.pk, status="running", attempts=screening.attempts)

    def release(self, **fields: Any) -> int:
        """Give running screenings back to the queue."""
        return self.update(status="pending", lease_expires_at=None, queued_at=Now(), **fields)

    def rest(self) -> int:
        """Give them back without a turn: no message but their own takes them, and that comes with
        the sweep. Otherwise the same fault would use up their attempts within a moment."""
        return self.release(turn=None)

    def wait(self) -> int:
        """Let them rest as if this attempt had not been."""
        return self.release(turn=None, attempts=F("attempts") - 1)

    def succeed(self, *, readings_due: int, urgency: int) -> int:
        """Store that there is a result; measuring the photo comes after it."""
        return self._finish(
            "done", readings_due=readings_due, urgency=urgency, measure_at=Now(), measure_attempts=0
        )

    def refuse(self, reason: str) -> int:
        return self._finish("refused", refusal=reason)

    def fail(self, reason: str) -> int:
        return self._finish("failed", failure=reason)

    def _finish(self, status: str, **fields: Any) -> int:
        return self.update(status=status, lease_expires_at=None, finished_at=Now(), **fields)

    def waiting(self) -> Self:
        """Those that a worker could read now."""
        return self.filter(status="pending").exclude(turn=None)

    def unmeasured_by(self, version: str) -> Self:
        """Those with a result that a version of what measures has not measured."""
        table = apps.get_model("diagnosis", "Measurement")
        measured = table.objects.filter(screening=OuterRef("pk"), version=version)
        return self.filter(~Exists(measured), status="done")

    def to_measure(self) -> Self:
        """Those that are due, and that nobody measures now."""
        return self.filter(measure_at__lte=Now())

    def claim_measuring(self, pk: object) -> "Screening | None":
        """Take the lease on measuring a photo, or return None where that is not to be done."""
        due = self.to_measure().filter(pk=pk, measure_attempts__lt=settings.MAX_ATTEMPTS)
        attempt = {"measure_attempts": F("measure_attempts") + 1}
        is_ours = due.update(measure_at=now_plus(settings.LEASE), **attempt)
        return self.filter(pk=pk).first() if is_ours else None

    def held_for_measuring(self, screening: "Screening") -> Self:
        """The screening, if the attempt that claimed it still holds it."""
        attempt = {"measure_attempts": screening.measure_attempts}
        return self.filter(pk=screening.pk, measure_at__isnull=False, **attempt)

    def exhausted(self) -> Self:
        return self.filter(attempts__gte=settings.MAX_ATTEMPTS)

    def retriable(self) -> Self:
        return self.filter(attempts__lt=settings.MAX_ATTEMPTS)
