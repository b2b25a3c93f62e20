"""A picture to decode and what is known about it, for every data set."""

from hashlib import sha256
from typing import NamedTuple

from ml.labels import OTHER, Diagnosis, Kind

SPLITS = ("train", "valid", "test")
HAM10000 = "ham10000"


class Entry(NamedTuple):
    """A picture to decode.

    `diagnosis` is one of `labels.Diagnosis`, `labels.OTHER` (benign, not named), or empty where
    only "not melanoma" is known. `group` holds everything of one patient, as far as that is known:
    a group never crosses the splits. `lesion_id` is the same for all views of one lesion.
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
        ValueError: it is not one that this program knows.
    """
    return OTHER if dx == OTHER else Diagnosis(dx)


def split_of(group: str, *, valid: float, test: float) -> str:
    """Return the split of a group, from a hash of its name: it never moves as a table grows.

    Args:
        group: name of a patient, lesion or case.
        valid: share of the groups, 0-1.
        test: share of the groups, 0-1.
    """
    position = int.from_bytes(sha256(group.encode()).digest()[:8]) / 2**64
    if position < test:
        return "test"
    return "valid" if position < test + valid else "train"
