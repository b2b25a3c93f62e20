"""Sets of the ISIC Archive: MSK, acral lesions, UDA-1, exports, and challenges.

Codella et al., "Skin lesion analysis toward melanoma detection", ISBI 2018 and arXiv:1902.03368;
isic-archive.com.
"""

from collections.abc import Iterator, Mapping, Sequence

from ml.data.entries import Entry, checked_diagnosis, split_of
from ml.labels import Kind

MSK, ACRAL, UDA1 = "isic_msk", "isic_acral", "isic_uda1"
ARCHIVE, CHALLENGE = "isic_archive", "isic_challenge"
# Columns by which an export of the ISIC Archive and a challenge's ground truth are recognised.
ARCHIVE_COLUMNS = frozenset(("isic_id", "diagnosis_1", "image_type"))
CHALLENGE_COLUMNS = frozenset(("image", "mel", "nv", "bcc"))
VALID_SHARE, TEST_SHARE = 0.15, 0.15

# Each pair is two ids of the same picture, found by matching key points. No other picture shows the
# lesion, so both get the second id as their lesion.
SAME_PICTURE: Mapping[str, str] = {
    "ISIC_0012222": "ISIC_0016003",
    "ISIC_0012290": "ISIC_0013594",
    "ISIC_0012672": "ISIC_0012673",
    "ISIC_0012887": "ISIC_0012989",
    "ISIC_0013109": "ISIC_0013163",
    "ISIC_0015986": "ISIC_0015987",
}
PICTURED_TWICE = {*SAME_PICTURE, *SAME_PICTURE.values()}


def msk_entries(table: Sequence[Mapping[str, str]]) -> Iterator[Entry]:
    """Yield the pictures of Memorial Sloan Kettering and others, split by patient or lesion."""
    return _entries(table, MSK)


def acral_entries(table: Sequence[Mapping[str, str]]) -> Iterator[Entry]:
    """Yield the pictures of palms, soles and nails, split by patient if the patient is known."""
    return _entries(table, ACRAL)


def uda1_entries(table: Sequence[Mapping[str, str]]) -> Iterator[Entry]:
    """Yield the pictures of UDA-1, all in the `test` split: they are never used for training."""
    for row in table:
        group = f"{UDA1}/{row['image_id']}"
        dx = checked_diagnosis(row["dx"])
        yield Entry(row["image_id"], group, dx, "test", UDA1, Kind.DERMOSCOPIC, group)


def archive_entries(table: Sequence[Mapping[str, str]]) -> Iterator[Entry]:
    """Yield the pictures of an export of the ISIC Archive that have a diagnosis."""
    for row in (cells for cells in table if cells["named"]):
        is_dermoscopic = row["image_type"].lower().startswith("dermoscopic")
        entry = _entry(row, ARCHIVE, row["named"])
        yield entry._replace(kind=Kind.DERMOSCOPIC if is_dermoscopic else Kind.CAMERA)


def challenge_entries(table: Sequence[Mapping[str, str]]) -> Iterator[Entry]:
    """Yield the pictures of a challenge's ground truth, which has a column for each diagnosis."""
    return (_entry(row, CHALLENGE, row["named"]) for row in table if row["named"])


def _entries(table: Sequence[Mapping[str, str]], source: str) -> Iterator[Entry]:
    return (_entry(row, source, checked_diagnosis(row["dx"])) for row in table)


def _entry(row: Mapping[str, str], source: str, diagnosis: str) -> Entry:
    image_id = row["image_id"]
    lesion = row.get("lesion_id") or image_id
    if image_id in PICTURED_TWICE:
        lesion = SAME_PICTURE.get(image_id, image_id)
    # The same patient or lesion in two sets has the same group, and so the same split.
    group = f"isic/{row.get('patient_id') or lesion}"
    split = split_of(group, valid=VALID_SHARE, test=TEST_SHARE)
    return Entry(image_id, f"isic/{lesion}", diagnosis, split, source, Kind.DERMOSCOPIC, group)
