"""Reads pictures in folders as the original write-up sorted them (see docs/training.md).

The folders are train_sep, valid and test, each with Melanoma and NotMelanoma.
"""

import re
from pathlib import Path, PurePosixPath

from ml.data import cache, picture_files
from ml.data.entries import Entry
from ml.errors import OperatorError
from ml.labels import Diagnosis

# The cache's name for the split in each folder.
SPLITS = {"train_sep": "train", "valid": "valid", "test": "test"}
DIAGNOSES = {"Melanoma": Diagnosis.MEL, "NotMelanoma": ""}
FOLDERS = [f"{split}/{name}" for split in SPLITS for name in DIAGNOSES]


def check(folder: Path) -> None:
    """Check that all six folders are there.

    Raises:
        OperatorError: one is missing.
    """
    for name in FOLDERS:
        if not (folder / name).is_dir():
            raise OperatorError(
                f"{folder / name} is not there: give a folder with train_sep, valid and test, "
                "each with Melanoma and NotMelanoma."
            )


def lesion(name: str) -> str:
    """Return the ISIC identifier in a file's name, or "". A photo's copies have the same one."""
    match = re.search(r"ISIC_\d+", name)
    return match.group() if match else ""


def decode(folder: Path, target: Path) -> None:
    """Decode the pictures under the six folders into the cache `target`.

    An image id is the path below `folder` without the extension. A lesion id is the ISIC identifier
    in it.

    Raises:
        OperatorError: a folder is missing or empty, or a file is not a picture.
    """
    cache.write_sets([(read_entries(folder), [folder])], _stem, target)


def read_entries(folder: Path) -> list[Entry]:
    """Return an entry for each picture under the six folders.

    Raises:
        OperatorError: a folder is missing or empty, or two pictures have the same name.
    """
    check(folder)
    names = [
        f"{place}/{file}" for place in FOLDERS for file in picture_files.list_names(folder / place)
    ]
    entries = {_stem(name): _entry(name) for name in names}
    if len(entries) < len(names):
        raise OperatorError(
            f"{len(names) - len(entries)} files under {folder} have the name of another "
            "file, apart from the extension: rename them."
        )
    return list(entries.values())


def _entry(name: str) -> Entry:
    part, label, _ = name.split("/", 2)
    return Entry(_stem(name), lesion(name), DIAGNOSES[label], SPLITS[part])


def _stem(name: str) -> str:
    return str(PurePosixPath(name).with_suffix(""))
