import shutil

import numpy as np
import pytest
from PIL import Image

from ml import cache
from ml.errors import OperatorError
from ml.labels import DIAGNOSES
from ml.views import standard_view


def test_every_row_holds_its_own_picture(data, ham_folder):
    position = data.image_ids.index("ISIC_0000003")
    with Image.open(ham_folder / "part_1" / "ISIC_0000003.jpg") as picture:
        assert (data.pixels[position] == standard_view(picture)).all()
    assert DIAGNOSES[data.diagnoses[position]] == "df"
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


def test_a_cache_that_was_not_finished_does_not_count(tmp_path):
    (tmp_path / "images.partial.npy").touch()
    with pytest.raises(OperatorError, match="python -m ml prepare"):
        cache.read(tmp_path)
