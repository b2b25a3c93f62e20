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
def move_photos(photos: Sequence[Screening], to: Lesion, *, by: AbstractUser) -> None:
    """Move photos of a spot to another spot of the same person, with reminders and measurements.

    A new spot is stored. A spot without photos is deleted.

    Raises:
        MovedMeanwhileError: nothing was changed.
        ForCliniciansError: nothing was changed, since owners may not do this with their own
            spots.
        TwoBiopsiesError: the spots would become one, and each has a biopsy result.
    """
    source = photos[0].lesion
    _hold(source, photos, to)
    # From here on nobody can add a reading or a biopsy result.
    if by.pk == source.owner_id and _is_for_clinicians((source, to), photos):
        raise ForCliniciansError
    if to._state.adding:
        to.body_site, to.side = source.body_site, source.side
        to.save()
    _file(photos, to)
    moved_from, is_merged = str(source.pk), not source.screenings.exists()
    if is_merged:
        _merge(source, to)
    # After all locks on rows: others wait for the trail while they hold theirs.
    trail.record_each(
        AuditEntry.Action.LESION,
        map(trail.name_of, photos),
        by=by,
        moved_from=moved_from,
        moved_to=str(to.pk),
    )
    if is_merged:
        merged_spots.record(Lesion(pk=moved_from), to, by=by)


def _is_for_clinicians(spots: Sequence[Lesion], photos: Sequence[Screening]) -> bool:
    read = Screening.objects.filter(pk__in=[one.pk for one in photos], reviews__isnull=False)
    return Histology.objects.filter(lesion__in=[one.pk for one in spots]).exists() or read.exists()


def _hold(source: Lesion, photos: Sequence[Screening], to: Lesion) -> None:
    """Lock the spots against concurrent uploads, moves, deletions and biopsy results."""
    User.objects.select_for_update(no_key=True).filter(pk=source.owner_id).first()
    spots = {source.pk} if to._state.adding else {source.pk, to.pk}
    held = Lesion.objects.select_for_update().filter(pk__in=spots).order_by("pk")
    there = source.screenings.select_for_update().filter(pk__in=[one.pk for one in photos])
    if {one.pk for one in held} != spots or len(there) != len(photos):
        raise MovedMeanwhileError


def _file(photos: Sequence[Screening], to: Lesion) -> None:
    """Put photos into a spot. Their reminders follow, and the photos beside them are registered."""
    beside = {*_neighbours(photos)}
    for screening in photos:
        screening.lesion = to
    keys = [one.pk for one in photos]
    Screening.objects.filter(pk__in=keys).update(lesion=to)
    _carry(Reminder.objects.filter(screening__in=keys), to)
    measuring.register_again(Screening.objects.filter(pk__in=beside | {*_neighbours(photos)}))


def _neighbours(photos: Sequence[Screening]) -> Iterable[UUID]:
    return Screening.objects.neighbours(*photos).values_list("pk", flat=True)


def _carry(reminders: Iterable[Reminder], to: Lesion) -> None:
    """Move reminders to another spot. Of two open reminders of a kind, the earlier one stays."""
    for one in reminders:
        other = to.reminders.open().filter(kind=one.kind).first() if not one.closed_at else None
        if other:
            later = max(one, other, key=lambda reminder: reminder.due_at)
            later.delete()
        if not other or later is other:
            Reminder.objects.filter(pk=one.pk).update(lesion=to)


def _merge(source: Lesion, to: Lesion) -> None:
    """Delete a spot that was merged into another one, which takes over its facts."""
    if source.histologies.valid().exists() and to.histologies.valid().exists():
        raise TwoBiopsiesError
    to.name = to.name or source.name
    if not to.body_site:
        to.body_site, to.side = source.body_site, source.side
    to.save(update_fields=["name", "body_site", "side"])
    source.histologies.update(lesion=to)
    _carry(source.reminders.all(), to)
    source.delete()
