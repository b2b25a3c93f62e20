"""The newest two photos of a spot, registered if that is reliable."""

from collections.abc import Sequence
from typing import NamedTuple

from diagnosis.measurement import description
from diagnosis.models import Screening


class Pair(NamedTuple):
    before: Screening
    after: Screening
    changes: tuple[str, ...]
    transform: tuple[float, ...]  # maps the first photo onto the second; empty if unregistered


def newest(screenings: Sequence[Screening]) -> Pair | None:
    """Return the newest two photos with a result. `screenings` begins with the newest photo."""
    done = [screening for screening in screenings if screening.status == Screening.Status.DONE][:2]
    if len(done) < len(("before", "after")):
        return None
    after, before = done
    registration = after.registrations.filter(before=before).first()
    changes = description.describe(after).changes
    return Pair(before, after, changes, tuple(registration.transform if registration else ()))
