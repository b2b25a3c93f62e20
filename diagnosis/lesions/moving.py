"""Moves photos to another spot, to correct a wrong spot, or to merge or split spots."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from accounts.models import User
from diagnosis.audit import merged_spots, trail
from diagnosis.measurement import measuring
from diagnosis.models import AuditEntry, Histology, Lesion, Reminder, Screening


class MovedMeanwhileError(Exception):
    """The photos or their new spot were moved or deleted meanwhile."""


class TwoBiopsiesError(Exception):
    """Both spots have a valid biopsy result, so they cannot be merged."""


class ForCliniciansError(Exception):
    """Only clinicians may move photos with a clinician's reading or a biopsy result."""


@transaction.atomic
def move_photos(photos: Sequence[Screening], target: Lesion, *, by: AbstractUser) -> None:
    """Move photos of a spot to another spot of the same person, with reminders and measurements.

    `target` is stored if it is new. A spot that is left without photos is merged into `target`.

    Raises:
        MovedMeanwhileError: the photos or spots changed meanwhile.
        ForCliniciansError: the owner may not move these photos.
        TwoBiopsiesError: the spots would be merged, and each has a biopsy result.
    """
    source = photos[0].lesion
    _lock(source, photos, target)
    # While the locks are held, nobody can add a reading or a biopsy result.
    if by.pk == source.owner_id and has_clinical_facts((source, target), photos):
        raise ForCliniciansError
    if target._state.adding:
        target.body_site, target.side = source.body_site, source.side
        target.save()
    _reassign(photos, target)
    moved_from, is_merged = str(source.pk), not source.screenings.exists()
    if is_merged:
        _merge(source, target)
    # The trail is locked last: other processes hold rows while they wait for its lock, so another
    # order could cause a deadlock.
    trail.record_each(
        AuditEntry.Action.LESION,
        map(trail.name_of, photos),
        by=by,
        moved_from=moved_from,
        moved_to=str(target.pk),
    )
    if is_merged:
        merged_spots.record(Lesion(pk=moved_from), target, by=by)


def has_clinical_facts(spots: Sequence[Lesion], photos: Sequence[Screening]) -> bool:
    """Return whether a photo has a reading, or a spot has a biopsy result.

    Only clinicians may move such photos.
    """
    keys = [photo.pk for photo in photos]
    read_photos = Screening.objects.filter(pk__in=keys, reviews__isnull=False)
    return (
        Histology.objects.filter(lesion__in=[spot.pk for spot in spots]).exists()
        or read_photos.exists()
    )


def _lock(source: Lesion, photos: Sequence[Screening], target: Lesion) -> None:
    """Lock the spots against concurrent uploads, moves, deletions and biopsy results."""
    User.objects.select_for_update(no_key=True).filter(pk=source.owner_id).first()
    spots = {source.pk} if target._state.adding else {source.pk, target.pk}
    locked_spots = Lesion.objects.select_for_update().filter(pk__in=spots).order_by("pk")
    locked_photos = source.screenings.select_for_update().filter(
        pk__in=[photo.pk for photo in photos]
    )
    if {spot.pk for spot in locked_spots} != spots or len(locked_photos) != len(photos):
        raise MovedMeanwhileError


def _reassign(photos: Sequence[Screening], target: Lesion) -> None:
    """Move photos and their reminders to a spot.

    Plan new registrations for these photos and for the next photos in both spots, since their
    predecessors change.
    """
    former_neighbours = {*_neighbours(photos)}
    for screening in photos:
        screening.lesion = target
    keys = [photo.pk for photo in photos]
    Screening.objects.filter(pk__in=keys).update(lesion=target)
    _move_reminders(Reminder.objects.filter(screening__in=keys), target)
    affected = former_neighbours | {*_neighbours(photos)}
    measuring.register_again(Screening.objects.filter(pk__in=affected))


def _neighbours(photos: Sequence[Screening]) -> Iterable[UUID]:
    return Screening.objects.neighbours(*photos).values_list("pk", flat=True)


def _move_reminders(reminders: Iterable[Reminder], target: Lesion) -> None:
    """Move reminders to another spot. Of two open reminders of a kind, the earlier stays."""
    for reminder in reminders:
        other = (
            target.reminders.open().filter(kind=reminder.kind).first()
            if not reminder.closed_at
            else None
        )
        if other:
            later = max(reminder, other, key=lambda reminder: reminder.due_at)
            later.delete()
        if not other or later is other:
            Reminder.objects.filter(pk=reminder.pk).update(lesion=target)


def _merge(source: Lesion, target: Lesion) -> None:
    """Move a spot's other rows to the spot that it is merged into. Delete the empty spot."""
    if source.histologies.valid().exists() and target.histologies.valid().exists():
        raise TwoBiopsiesError
    target.name = target.name or source.name
    if not target.body_site:
        target.body_site, target.side = source.body_site, source.side
    target.save(update_fields=["name", "body_site", "side"])
    source.histologies.update(lesion=target)
    _move_reminders(source.reminders.all(), target)
    source.delete()
