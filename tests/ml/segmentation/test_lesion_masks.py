import numpy as np
import pytest
from PIL import Image

from ml.errors import OperatorError
from ml.segmentation import lesion_masks
from tests.ml.datasets import dataset


@pytest.fixture
def quarters(tmp_path):
    """Two pictures, one of them cropped, and their masks: the lesion is the left quarter."""
    for name in ("cut", "whole"):
        mask = Image.new("1", (320, 240))
        mask.paste(1, (0, 0, 80, 240))
        mask.save(tmp_path / f"{name}_segmentation.png")
    frames = np.array([[1 / 8, 0, 7 / 8, 1], [0, 0, 1, 1]])
    return dataset([0, 0], image_ids=["cut", "whole"], frames=frames), tmp_path


def test_a_mask_is_cropped_like_its_picture(quarters):
    cut, full = lesion_masks.read(*quarters, size=(240, 100))
    assert (full > 0).mean() == pytest.approx(1 / 4)
    assert (cut > 0).mean() == pytest.approx((1 / 4 - 1 / 8) / (3 / 4), abs=0.005)


def test_a_mask_is_turned_like_its_picture(quarters):
    data, folder = quarters
    portrait = data._replace(frames=np.array([[0, 0, 0.5, 1], [0, 0, 1, 1]]))
    turned, _ = lesion_masks.read(portrait, folder, size=(200, 150))
    assert (turned[100:] > 0).all()
    assert not turned[:70].any()


def test_a_reduced_mask_has_the_lesions_share_of_each_pixel(quarters):
    _, full = lesion_masks.read(*quarters, size=(2, 1))
    assert full.tolist() == [[127, 0]]


def test_the_error_names_a_missing_mask(quarters):
    data, folder = quarters
    (folder / "whole_segmentation.png").unlink()
    with pytest.raises(OperatorError, match="whole"):
        lesion_masks.read(data, folder)
