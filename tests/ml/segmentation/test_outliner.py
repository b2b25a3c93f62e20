import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from ml.segmentation.outliner import OutlineError, OutlineFault, Outliner
from tests.ml.outlining import CARD, SeesDarkness, photo


@pytest.mark.parametrize("size", [(400, 300), (300, 400), (500, 500), (1600, 300), (2000, 3000)])
@pytest.mark.parametrize(("x", "y"), [(0.3, 0.7), (0.7, 0.4)])
def test_an_outline_lies_on_its_lesion(outliner, size, x, y):
    outline = outliner.outline(photo(size, (x, y, 0.2)))
    rows, columns = np.nonzero(outline.mask)
    assert outline.mask.shape == (size[1], size[0])
    assert outline.mask.dtype == bool
    assert (columns.mean() / size[0], rows.mean() / size[1]) == pytest.approx((x, y), abs=0.01)
    assert outline.mask.mean() == pytest.approx(np.pi * 0.04, rel=0.05)
    assert outline.polygon.min(0) == pytest.approx((x - 0.2, y - 0.2), abs=0.01)
    assert outline.polygon.max(0) == pytest.approx((x + 0.2, y + 0.2), abs=0.01)
    assert 0.5 < outline.confidence <= 1


def test_a_mask_can_be_requested_in_any_size(outliner):
    outline = outliner.outline_at(photo((400, 300), (0.5, 0.5, 0.2)), (800, 600))
    assert outline.mask.shape == (600, 800)


def test_skin_alone_has_no_outline(outliner):
    with pytest.raises(OutlineError) as raised:
        outliner.outline(photo((400, 300)))
    assert (raised.value.fault, raised.value.largest) == (OutlineFault.NONE, None)


def test_a_soft_shadow_is_not_a_lesion(outliner):
    shades = np.tile(np.linspace(112, 126, 400), (300, 1))
    with pytest.raises(OutlineError) as raised:
        outliner.outline(Image.fromarray(np.repeat(shades[..., None], 3, 2).astype(np.uint8)))
    assert raised.value.fault is OutlineFault.NONE


def test_two_lesions_are_refused_and_the_larger_is_outlined(outliner):
    with pytest.raises(OutlineError) as raised:
        outliner.outline(photo((400, 300), (0.25, 0.5, 0.15), (0.7, 0.5, 0.2)))
    assert raised.value.fault is OutlineFault.SEVERAL
    assert raised.value.largest.mask.mean() == pytest.approx(np.pi * 0.04, rel=0.05)


def test_a_satellite_is_not_a_second_lesion(outliner):
    outline = outliner.outline(photo((400, 300), (0.2, 0.5, 0.07), (0.6, 0.5, 0.25)))
    assert not outline.mask[:, :120].any()


def test_a_pale_stain_is_not_a_second_lesion(outliner):
    skin = photo((400, 300), (0.3, 0.5, 0.2))
    ImageDraw.Draw(skin).ellipse((260, 90, 380, 210), (120, 100, 90))
    with pytest.raises(OutlineError) as raised:
        outliner.outline(skin)
    assert raised.value.fault is OutlineFault.SEVERAL
    limits = replace(CARD.limits, min_second=4.0)
    outline = Outliner(SeesDarkness(), replace(CARD, limits=limits)).outline(skin)
    assert not outline.mask[:, 260:].any()


def test_a_lesion_may_touch_the_edge_and_fill_the_picture(outliner):
    outline = outliner.outline(photo((400, 300), (0.5, 0.5, 0.65)))
    assert outline.mask.mean() > 0.95
    assert (outline.polygon.min(), outline.polygon.max()) == (0, 1)


def test_importing_the_outliner_loads_no_tensorflow():
    program = "import sys, ml.segmentation.outliner; print('tensorflow' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
