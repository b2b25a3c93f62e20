import numpy as np
import pytest
from PIL import Image

from ml.outlines import squares


def picture(share):
    """Return the middle of a lesion's picture, and the mask of the whole, drawn too large."""
    rows, columns = np.mgrid[0:225, 0:300]
    depth = np.hypot((columns - 150) / 70, (rows - 112) / 60)
    whole = Image.fromarray(np.where(depth < 1, 80, 200).astype(np.uint8))
    left = 150 * (1 - share)
    shown = whole.resize((200, 150), box=(left, 0, 300 - left, 225)).convert("RGB")
    return np.asarray(shown), (255 * (depth < 1.15)).astype(np.uint8)


@pytest.mark.parametrize("share", [3 / 4, 1.0])
def test_the_share_is_found_though_the_mask_is_generous(share):
    assert squares.share(*picture(share)) == pytest.approx(share, abs=0.04)


def test_a_picture_that_is_not_darker_in_its_mask_says_nothing():
    pixels, mask = picture(1.0)
    assert squares.share(255 - pixels, mask) is None
