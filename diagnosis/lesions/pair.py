"""The newest two photos of a spot, registered to each other if that is reliable."""

from collections.abc import Sequence
from typing import NamedTuple

from diagnosis.measurement import description
from diagnosis.models import Screening


class Pair(NamedTuple):
    """The two photos, as the page shows them."""

    before: Screening
    after: Screening
    changes: tuple[str, ...]
    transform: tuple[float, ...]  # of the first onto the second; if empty, each is shown as it is


def newest(screenings: Sequence[Screening]) -> Pair | None:
    """Return the newest two photos that were read. `screenings` begins with the newest."""
    read = [one for one in screenings if one.status == Screening.Status.DONE][:2]
    if len(read) < len(("before", "after")):
        return None
    after, before = read
    registration = after.registrations.filter(before=before).first()
    changes = description.describe(after).changes
    return Pair(before, after, changes, tuple(registration.transform if registration else ()))
