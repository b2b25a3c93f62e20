import shutil
from collections import Counter

import numpy as np
import pytest

from ml import audit, cache, class_folders
from ml.__main__ import main
from ml.errors import OperatorError
from ml.ham10000 import Row
from ml.labels import MELANOMA_INDEX, Diagnosis
from ml.truth import NOT_MELANOMA


@pytest.fixture(scope="module")
def folders(ham_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("original") / "folders"
    assert main(["multiply", "--data", str(ham_folder), "--folders", str(folder)]) == 0
    return folder


def places(melanomas, others):
    rows = [Row(f"ISIC_{n}", "", Diagnosis.MEL, "train") for n in range(melanomas)]
    rows += [Row(f"ISIC_{n + melanomas}", "", Diagnosis.NV, "train") for n in range(others)]
    found = class_folders.split(*class_folders.multiply(rows, 1), 1)
    return Counter(place for copies in found.values() for place in copies.values())


def test_the_full_set_gives_the_numbers_of_the_original():
    counts = places(1113, 8902)
    assert [counts[f"{s}/Melanoma"] + counts[f"{s}/NotMelanoma"] for s in class_folders.SPLITS] == [
        10_682,
        3_562,
        3_561,
    ]
    assert all(
        abs(counts[f"{s}/Melanoma"] - counts[f"{s}/NotMelanoma"]) <= 1 for s in class_folders.SPLITS
    )


def test_pictures_that_are_not_copies_keep_their_bytes(ham_folder, folders):
    (kept,) = folders.rglob("ISIC_0000000.jpg")
    assert kept.read_bytes() == (ham_folder / "part_1" / kept.name).read_bytes()


def test_the_same_seed_writes_the_same_copies(ham_folder, folders, tmp_path):
    class_folders.write(ham_folder, tmp_path / "again", seed=20)
    copy = next(folders.rglob("*_copy1.jpg"))
    again = tmp_path / "again" / copy.relative_to(folders)
    assert again.read_bytes() == copy.read_bytes()


def test_a_folder_with_something_in_it_is_left_alone(ham_folder, tmp_path):
    (tmp_path / "mine.txt").touch()
    with pytest.raises(OperatorError, match="not empty"):
        class_folders.write(ham_folder, tmp_path, seed=1)


def test_the_audit_sees_the_copies(folders):
    assert any("same lesion" in str(leak) for leak in audit.find_leaks(
        audit.from_class_folders(folders)
    ))  # fmt: skip


def test_prepare_reads_class_folders(folders, tmp_path):
    options = ["--class-folders", str(folders), "--cache", str(tmp_path)]
    assert main(["prepare", *options]) == 0
    data = cache.read(tmp_path)
    assert len(data.image_ids) == len(set(data.image_ids)) == len(list(folders.rglob("*.jpg")))
    assert set(data.diagnoses) == {NOT_MELANOMA, MELANOMA_INDEX}
    named = np.array(["/Melanoma/" in name for name in data.image_ids])
    assert (data.melanoma == named).all()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OperatorError, match="train_sep"):
        class_folders.read_entries(tmp_path)


def test_what_systems_leave_in_class_folders_is_skipped(folders, tmp_path):
    copy = shutil.copytree(folders, tmp_path / "folders")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._ISIC_0000004.jpg"):
        (copy / "valid" / "Melanoma" / name).write_bytes(b"x")
    assert class_folders.read_entries(copy) == class_folders.read_entries(folders)
    audit.from_class_folders(copy)
