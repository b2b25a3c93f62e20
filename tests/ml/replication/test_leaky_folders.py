from collections import Counter

import pytest

from ml.data import class_folders
from ml.data.ham10000 import Row
from ml.errors import OperatorError
from ml.labels import Diagnosis
from ml.replication import leaky_folders


def places(melanomas, others):
    rows = [Row(f"ISIC_{n}", "", Diagnosis.MEL, "train") for n in range(melanomas)]
    rows += [Row(f"ISIC_{n + melanomas}", "", Diagnosis.NV, "train") for n in range(others)]
    places_of = leaky_folders.split(*leaky_folders.multiply(rows, 1), 1)
    return Counter(place for copies in places_of.values() for place in copies.values())


def test_the_full_set_gives_the_write_ups_numbers():
    counts = places(1113, 8902)
    assert [counts[f"{s}/Melanoma"] + counts[f"{s}/NotMelanoma"] for s in class_folders.SPLITS] == [
        10_682,
        3_562,
        3_561,
    ]
    assert all(
        abs(counts[f"{s}/Melanoma"] - counts[f"{s}/NotMelanoma"]) <= 1 for s in class_folders.SPLITS
    )


def test_original_pictures_keep_their_bytes(ham_folder, folders):
    (kept,) = folders.rglob("ISIC_0000000.jpg")
    assert kept.read_bytes() == (ham_folder / "part_1" / kept.name).read_bytes()


def test_the_same_seed_writes_the_same_copies(ham_folder, folders, tmp_path):
    leaky_folders.write(ham_folder, tmp_path / "again", seed=20)
    copy = next(folders.rglob("*_copy1.jpg"))
    again = tmp_path / "again" / copy.relative_to(folders)
    assert again.read_bytes() == copy.read_bytes()


def test_a_folder_that_is_not_empty_is_left_alone(ham_folder, tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(OperatorError, match="not empty"):
        leaky_folders.write(ham_folder, tmp_path, seed=1)
