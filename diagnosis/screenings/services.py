"""Actions on a screening and on the person whose skin it shows. `by` is the account that acts."""

from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from diagnosis.audit import merged_spots, trail
from diagnosis.classification import queue, queue_order
from diagnosis.decoder import cleaning
from diagnosis.measurement import measuring
from diagnosis.models import Answers, AuditEntry, Lesion, Profile, Screening
from diagnosis.models.decisions import due
from diagnosis.photos import outages, photo_files
from diagnosis.privacy import deletion
from diagnosis.reminders import reminders
from diagnosis.rules.urgency import RANK


def submit(
    screening: Screening, photo: cleaning.CleanPhoto, lesion: Lesion, *, by: AbstractUser
) -> Screening:
    """Store a photo and its row, and queue it for classification after the commit.

    A new lesion is stored with its first photo. After a double click or a lost response, the
    same photo arrives again under the same key. Then the earlier row is returned.

    Args:
        screening: a new row with only the entries of the form: `capture`, `note`, `upload_key` and
            `asks_first`.
        photo: the cleaned photo.
        lesion: the spot in the photo. It may be new, with a new profile.
        by: the owner.

    Raises:
        Lesion.DoesNotExist: the lesion was deleted meanwhile, and nothing was stored.
        OutageError: the disk is full or the photo store is unavailable, and nothing was stored.
    """
    screening.owner_id, screening.queued_at = by.pk, Now()
    earlier = _sent_before(by, screening.upload_key)
    if earlier and earlier.sha256 != photo.sha256:
        # The person went back to the form, and sent another photo with the same key.
        screening.upload_key = None
    is_new = lesion._state.adding
    try:
        with outages.translated():
            _store(screening, photo, lesion, by=by)
    except IntegrityError:
        if not (earlier := _sent_before(by, screening.upload_key)):
            raise
        if earlier.sha256 == photo.sha256:
            return earlier
        # The rollback removed the new spot, too. The next attempt stores it again.
        lesion._state.adding = is_new
        return submit(screening, photo, lesion, by=by)
    return screening


def _sent_before(by: AbstractUser, key: UUID | None) -> Screening | None:
    own = Screening.objects.owned_by(by)
    return own.filter(upload_key=key).first() if key else None


def _store(
    screening: Screening, photo: cleaning.CleanPhoto, lesion: Lesion, *, by: AbstractUser
) -> None:
    screening.width, screening.height = photo.width, photo.height
    screening.sha256 = photo.sha256
    with photo_files.stored(photo) as names, transaction.atomic():
        screening.turn = _turn(by)
        is_new = lesion._state.adding
        lesion = lesion if is_new else _locked(lesion)
        if lesion.profile_id is None or is_new:
            lesion.profile = _stored_profile(lesion.profile or Profile(owner_id=by.pk))
            lesion.save()
        screening.lesion = lesion
        for column, name in names.items():
            setattr(screening, column, name)
        screening.save(force_insert=True)
        if not is_new:
            reminders.close_rechecks(lesion)
        trail.record(AuditEntry.Action.UPLOAD, screening, by=by)
        transaction.on_commit(lambda: queue.publish(screening.pk), robust=True)


def _locked(lesion: Lesion) -> Lesion:
    """Return a spot, or the spot that it was merged into, locked against deletion."""
    rows = Lesion.objects.select_for_update(no_key=True)
    if spot := rows.filter(pk=lesion.pk).first():
        return spot
    if (into := merged_spots.successor(lesion.pk)) is None:
        raise Lesion.DoesNotExist
    return rows.get(pk=into.pk)


def _stored_profile(profile: Profile) -> Profile:
    """Return a person's row. A new person is stored."""
    key = {"owner_id": profile.owner_id, "name": profile.name}
    new = {"other_skin_type": profile.other_skin_type}
    # Locked, since a profile that is not the owner's is deleted with its last spot.
    profiles = Profile.objects.select_for_update(no_key=True)
    return profiles.get_or_create(**key, defaults=new)[0]


def _turn(by: AbstractUser) -> int:
    # Locked, so that two photos sent at the same time get different turns.
    owner = User.objects.select_for_update(no_key=True).filter(pk=by.pk)
    owner.values_list("pk", flat=True).first()
    return Screening.objects.next_turn(by.pk)


@transaction.atomic
def requeue(screening: Screening, *, by: AbstractUser) -> bool:
    """Queue a failed screening again, with all attempts left. Return whether it had failed."""
    failed = Screening.objects.filter(pk=screening.pk, status=Screening.Status.FAILED)
    is_queued = bool(
        failed.update(
            status=Screening.Status.PENDING,
            attempts=0,
            turn=None,
            failure="",
            finished_at=None,
            queued_at=Now(),
        )
    )
    if is_queued:
        trail.record(AuditEntry.Action.REQUEUE, screening, by=by)
        transaction.on_commit(lambda: queue.publish(screening.pk), robust=True)
    return is_queued


@transaction.atomic
def answer(screening: Screening, *, by: AbstractUser, ticked: dict[str, bool]) -> Answers:
    """Store the person's answers about the spot in place of earlier answers.

    Raises:
        Screening.DoesNotExist: the photo was deleted meanwhile, and nothing was stored.
    """
    # Locked, so that a model's result or other answers cannot arrive in between.
    screening = Screening.objects.select_for_update().get(pk=screening.pk)
    causes, urgency = set(screening.causes), screening.answers_urgency
    was_lowered = screening.decision.is_lowered
    was_visited = due.is_visited(screening, screening.decision)
    # Growth or earlier cancers may have set a day already, which stays.
    since = due.since(screening, urgency) if urgency else Now()
    answers, is_new = Answers.objects.update_or_create(screening=screening, defaults=ticked)
    screening = Screening.objects.with_outcome().get(pk=screening.pk)
    stored = Answers.objects.filter(pk=answers.pk)
    is_cause_added = not causes.issuperset(screening.causes)
    if is_cause_added:
        stored.update(cause_added_at=Now())
    elif not screening.causes:
        stored.update(cause_added_at=None)
    # If a reading had lowered the urgency, any new cause raises it again. A doctor who saw the spot
    # before did not know of the cause.
    is_raised = is_cause_added and (was_lowered or was_visited)
    if is_raised or RANK[screening.answers_urgency] > RANK[urgency]:
        stored.update(asks_since=Now())
    elif is_new:
        stored.update(asks_since=since)
    queue_order.update_place(screening)
    trail.record(AuditEntry.Action.ANSWER, screening, by=by)
    return answers


@transaction.atomic
def set_skin_type(profile: Profile, skin_type: str, *, by: AbstractUser) -> None:
    """Store a skin type: the owner's in the account, another person's in their profile."""
    if profile.skin_type == skin_type:
        return
    if profile.is_own:
        User.objects.filter(pk=profile.owner_id).update(skin_type=skin_type)
        profile.owner.skin_type = skin_type
    else:
        profile.other_skin_type = skin_type
        # Not with `save`, which would bring back a profile that was deleted meanwhile.
        Profile.objects.filter(pk=profile.pk).update(other_skin_type=skin_type)
    trail.record(AuditEntry.Action.SKIN_TYPE, by, by=by)


@transaction.atomic
def describe_person(profile: Profile, *, by: AbstractUser, skin_type: str) -> Profile:
    """Store the answers about the person whose skin it is, once for all of their spots.

    Raises:
        Profile.DoesNotExist: the person was deleted meanwhile, and nothing was stored.
    """
    stored = _locked_person(profile)
    is_cause_added = not profile.earlier_cancers <= stored.earlier_cancers
    # Not from `profile`, which may have been loaded before another change.
    kept = stored.cause_added_at if profile.earlier_cancers else None
    profile.cause_added_at = Now() if is_cause_added else kept
    if profile.is_immune_weak and not stored.is_immune_weak:
        # Only then is a new lump a cause of its own.
        lumps = Answers.objects.filter(screening__lesion__profile=profile, is_new=True)
        lumps.filter(Q(is_raised=True) | Q(is_growing_lump=True)).update(cause_added_at=Now())
    # The deadline for seeing a doctor is counted from the first answers.
    profile.answered_at = profile.answered_at or timezone.now()
    profile.save()
    # Only photos with readings due are in the clinicians' queue.
    waiting = Screening.objects.filter(lesion__profile=profile, readings_due__gt=0)
    for screening in waiting.with_outcome():
        queue_order.update_place(screening)
    # Both calls come last: they lock the trail, which is locked after all rows.
    set_skin_type(profile, skin_type, by=by)
    trail.record(AuditEntry.Action.ANSWER, by, by=by, question="profile")
    return profile


def _locked_person(profile: Profile) -> Profile:
    """Return a person as stored, locked with their photos in the order of a deletion's locks."""
    User.objects.select_for_update(no_key=True).filter(pk=profile.owner_id).first()
    photos = Screening.objects.select_for_update().filter(lesion__in=profile.lesions.all())
    list(photos.order_by("pk").values_list("pk"))
    return Profile.objects.select_for_update().get(pk=profile.pk)


@transaction.atomic
def set_scale(screening: Screening, *, by: AbstractUser, mm_per_px: float | None) -> None:
    """Store the size of a pixel. None removes the scale."""
    Screening.objects.filter(pk=screening.pk).update(mm_per_px=mm_per_px)
    measuring.register_again(Screening.objects.neighbours(screening))
    trail.record(AuditEntry.Action.ANSWER, screening, by=by, step="scale")


def withdraw(screening: Screening, *, by: AbstractUser) -> None:
    """Delete a photo at its owner's request."""
    deletion.delete_screening(screening, by=by)
