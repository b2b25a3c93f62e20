import numpy as np
import pytest
from PIL import Image

from ml import cache
from ml.errors import OperatorError
from ml.outlines import masks


@pytest.fixture
def halves(tmp_path):
    """Masks of two pictures, lesion on the left eighth: a square copy and a whole one."""
    pixels = np.zeros((2, 150, 200, 3), np.uint8)
    widths, ids = np.array([224, 200]), ["square", "whole"]
    empty = np.array(["train", "train"])
    for name in ids:
        mask = Image.new("1", (320, 240))
        mask.paste(1, (0, 0, 80, 240))
        mask.save(tmp_path / f"{name}_segmentation.png")
    return cache.Dataset(ids, pixels, np.zeros(2), widths, empty, np.array(ids)), tmp_path


def test_a_square_copy_shows_the_middle_three_quarters_of_its_mask(halves):
    square, whole = masks.read(*halves, size=(240, 100))
    assert (whole > 0).mean() == pytest.approx(1 / 4)
    assert (square > 0).mean() == pytest.approx((1 / 4 - 1 / 8) / (3 / 4), abs=0.005)


def test_a_shrunken_mask_holds_shares_of_pixels(halves):
    _, whole = masks.read(*halves, size=(2, 1))
    assert whole.tolist() == [[127, 0]]


def test_a_missing_mask_is_named(halves):
    data, folder = halves
    (folder / "whole_segmentation.png").unlink()
    with pytest.raises(OperatorError, match="whole"):
        masks.read(data, folder)
