"""A picture to decode, with the facts that a data set's table gives about it."""

from hashlib import sha256
from typing import NamedTuple

from ml.labels import OTHER, Diagnosis, Kind

SPLITS = ("train", "valid", "test")
HAM10000 = "ham10000"


class Entry(NamedTuple):
    """A picture to decode.

    `diagnosis` is one of `labels.Diagnosis`, `labels.OTHER` (benign, none of these), or empty if
    only "not melanoma" is known. `lesion_id` is the same for all views of a lesion. `group` is the
    same for all pictures of a patient, as far as patients are known. A group is in one split only.
    """

    image_id: str
    lesion_id: str
    diagnosis: str
    split: str
    source: str = HAM10000
    kind: str = Kind.DERMOSCOPIC
    group: str = ""


def checked_diagnosis(dx: str) -> str:
    """Return a table's diagnosis.

    Raises:
        ValueError: this program does not know the diagnosis.
    """
    return OTHER if dx == OTHER else Diagnosis(dx)


def split_of(group: str, *, valid: float, test: float) -> str:
    """Return the split of a group, from a hash of its name, so that added groups move no others.

    Args:
        group: name of a patient, lesion or case.
        valid: share of the groups, 0-1.
        test: share of the groups, 0-1.
    """
    position = int.from_bytes(sha256(group.encode()).digest()[:8]) / 2**64
    if position < test:
        return "test"
    return "valid" if position < test + valid else "train"
