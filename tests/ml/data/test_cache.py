import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.data import cache
from ml.data.picture_files import image_id
from ml.errors import OperatorError
from ml.labels import DIAGNOSES
from ml.preprocessing.network_input import framed_view


def test_every_row_has_its_own_picture(data, ham_folder):
    position = data.image_ids.index("ISIC_0000003")
    with Image.open(ham_folder / "part_1" / "ISIC_0000003.jpg") as picture:
        assert (data.pixels[position] == framed_view(picture)).all()
    assert DIAGNOSES[data.diagnoses[position]] == "akiec"
    assert data.native_widths[position] == 224


def test_splits_partition_the_rows(data):
    parts = np.concatenate([data.rows(split) for split in ("train", "valid", "test")])
    assert sorted(parts) == list(range(56))


def test_a_missing_image_is_named(ham_folder, tmp_path):
    shutil.copytree(ham_folder, tmp_path / "data")
    (tmp_path / "data" / "part_1" / "ISIC_0000003.jpg").unlink()
    with pytest.raises(OperatorError, match=r"1 of 56 images .* ISIC_0000003"):
        cache.write(tmp_path / "data", tmp_path / "cache", seed=0)


def test_a_damaged_image_is_named(ham_folder, tmp_path):
    shutil.copytree(ham_folder, tmp_path / "data")
    (tmp_path / "data" / "part_1" / "ISIC_0000003.jpg").write_bytes(b"nothing")
    with pytest.raises(OperatorError, match=r"ISIC_0000003 in .* download it again"):
        cache.write(tmp_path / "data", tmp_path / "cache", seed=0)


@pytest.fixture
def own_copy(ham_folder, tmp_path):
    return shutil.copytree(ham_folder, tmp_path / "data")


def write_table(table, rows, delimiter=",", encoding="utf-8"):
    with table.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def rows_of(folder):
    with (folder / "HAM10000_metadata.csv").open(newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    ("name", "delimiter", "encoding"),
    [
        ("HAM10000_metadata.csv", ",", "utf-8-sig"),
        ("HAM10000_metadata.csv", ";", "utf-8-sig"),
        ("HAM10000_metadata.csv", "\t", "utf-16"),
        ("HAM10000_metadata.tab", "\t", "utf-8"),
        ("HAM10000_metadata", ",", "utf-8"),
    ],
)
def test_a_table_from_a_spreadsheet_or_dataverse_is_read(own_copy, data, name, delimiter, encoding):
    rows = rows_of(own_copy)
    (own_copy / "HAM10000_metadata.csv").unlink()
    write_table(own_copy / name, rows, delimiter, encoding)
    cache.write(own_copy, own_copy / "cache", seed=0)
    prepared = cache.read(own_copy / "cache")
    assert prepared.image_ids == data.image_ids
    assert (prepared.diagnoses == data.diagnoses).all()


def test_a_repeated_row_of_the_table_adds_no_picture(own_copy, data, tmp_path):
    """A second place for the same picture would never be filled, and would stay black."""
    rows = rows_of(own_copy)
    write_table(own_copy / "HAM10000_metadata.csv", [*rows, *rows[1:3]])
    cache.write(own_copy, tmp_path / "cache", seed=0)
    assert (cache.read(tmp_path / "cache").pixels == data.pixels).all()


def test_an_image_named_twice_is_refused(ham_folder, tmp_path):
    twice = [cache.Entry("ISIC_0000000", "", "nv", "train")] * 2
    with pytest.raises(OperatorError, match=r"named twice .* ISIC_0000000"):
        cache.write_sets([(twice, [ham_folder / "part_1"])], image_id, tmp_path / "cache")


def test_a_black_picture_is_named(own_copy, tmp_path):
    Image.new("RGB", (300, 225)).save(own_copy / "part_1" / "ISIC_0000003.jpg")
    with pytest.raises(OperatorError, match=r"part_1/ISIC_0000003.jpg is all black"):
        cache.write(own_copy, tmp_path / "cache", seed=0)


def test_a_picture_in_two_folders_is_read_once(own_copy, data, tmp_path):
    (own_copy / "part_1" / "deeper").mkdir()
    picture = own_copy / "part_1" / "ISIC_0000003.jpg"
    second = own_copy / "part_1" / "deeper" / "ISIC_0000003.jpg"
    shutil.copy(picture, second)
    cache.write(own_copy, tmp_path / "cache", seed=0)
    assert (cache.read(tmp_path / "cache").pixels == data.pixels).all()
    shutil.copy(own_copy / "part_1" / "ISIC_0000004.jpg", second)
    with pytest.raises(OperatorError, match="are different pictures with the name ISIC_0000003"):
        cache.write(own_copy, tmp_path / "cache", seed=0)


def test_a_cache_is_not_read_with_the_pictures_of_an_earlier_one(own_copy, tmp_path, monkeypatch):
    cache.write(own_copy, tmp_path / "cache", seed=0)
    monkeypatch.setattr(Path, "replace", None)  # the second run ends there
    with pytest.raises(TypeError):
        cache.write(own_copy, tmp_path / "cache", seed=1)
    with pytest.raises(OperatorError, match="python -m ml prepare"):
        cache.read(tmp_path / "cache")


def test_an_unfinished_cache_is_not_read(tmp_path):
    (tmp_path / "images.partial.npy").touch()
    with pytest.raises(OperatorError, match="python -m ml prepare"):
        cache.read(tmp_path)
