import shutil

import numpy as np
import pytest

from ml.__main__ import main
from ml.data import cache, class_folders, leakage
from ml.data.ground_truth import NOT_MELANOMA
from ml.errors import OperatorError
from ml.labels import MELANOMA_INDEX


def test_the_audit_finds_copies_of_a_lesion_in_two_splits(folders):
    assert any("same lesion" in str(leak) for leak in leakage.find_leaks(
        leakage.from_class_folders(folders)
    ))  # fmt: skip


def test_prepare_reads_class_folders(folders, tmp_path):
    options = ["--class-folders", str(folders), "--cache", str(tmp_path)]
    assert main(["prepare", *options]) == 0
    data = cache.read(tmp_path)
    assert len(data.image_ids) == len(set(data.image_ids)) == len(list(folders.rglob("*.jpg")))
    assert set(data.diagnoses) == {NOT_MELANOMA, MELANOMA_INDEX}
    in_melanoma = np.array(["/Melanoma/" in name for name in data.image_ids])
    assert (data.melanoma == in_melanoma).all()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OperatorError, match="train_sep"):
        class_folders.read_entries(tmp_path)


def test_hidden_files_of_operating_systems_are_skipped(folders, tmp_path):
    copy = shutil.copytree(folders, tmp_path / "folders")
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._ISIC_0000004.jpg"):
        (copy / "valid" / "Melanoma" / name).write_bytes(b"x")
    assert class_folders.read_entries(copy) == class_folders.read_entries(folders)
    leakage.from_class_folders(copy)
