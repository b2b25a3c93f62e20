"""The shipped outline network, on drawn pictures."""

import keras
import numpy as np
import pytest
from PIL import Image

from ml.augmentation import drawings
from ml.paths import DEFAULT_OUTLINER
from ml.preprocessing import network_input
from ml.segmentation import grid, outline_quality
from ml.segmentation.outliner import OutlineError, OutlineFault, Outliner
from ml.serving.card import KERAS, LITERT
from tests import pictures
from tests.pictures import dermoscopy_like

FAINT = 38  # grey level: 15 % of the pigment


@pytest.fixture(scope="module")
def served():
    return Outliner.load(DEFAULT_OUTLINER)


def truth(seed, size):
    """Return the mask of the spot that `dermoscopy_like` draws after choosing two colours.

    The spot fades over a broad border, and HAM10000's masks extend to where the pigment ends.
    """
    random = np.random.default_rng(seed)
    random.integers(-10, 11, 3), random.integers(-15, 16)
    spot = Image.fromarray((255 * pictures.spot(random)).astype(np.uint8))
    return np.asarray(spot.resize(size)) > FAINT


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [(1200, 900), (500, 375)])
def test_a_drawn_lesion_is_outlined(served, seed, size):
    outline = served.outline(dermoscopy_like(seed, size))
    assert outline_quality.dice(outline.mask, truth(seed, size)) > 0.88


def test_a_turned_photo_has_a_turned_outline(served):
    photo = dermoscopy_like(3)
    turned = served.outline(photo.transpose(Image.Transpose.ROTATE_90)).mask
    assert outline_quality.dice(np.rot90(turned, -1), served.outline(photo).mask) > 0.99


@pytest.mark.parametrize("border", [0.86, 1.0])
def test_a_dermatoscopes_tube_is_not_a_lesion(served, border):
    photo = dermoscopy_like(2)
    rows, columns = np.mgrid[-1:1:900j, -1:1:1200j]
    pixels = np.asarray(photo) * (np.hypot(rows, columns) < border)[..., None]
    outline = served.outline(Image.fromarray(pixels.astype(np.uint8)))
    assert outline_quality.dice(outline.mask, truth(2, photo.size)) > 0.85


@pytest.mark.parametrize("seed", range(8))
def test_drawings_have_no_outline(served, seed):
    with pytest.raises(OutlineError) as raised:
        served.outline(drawings.draw(10_000 + seed))
    assert raised.value.fault is OutlineFault.NONE


def test_the_served_file_agrees_with_keras_and_is_small(served):
    model = keras.saving.load_model(DEFAULT_OUTLINER / KERAS, safe_mode=True)
    view = grid.on_grid(network_input.standard_view(dermoscopy_like(1)))
    neutral = network_input.neutral_light(view)
    turned = np.stack([neutral, neutral[::-1, ::-1]])
    answers = np.asarray(model.predict_on_batch(turned.astype(np.float32)))[..., 0]
    back = [answers[0], answers[1, ::-1, ::-1]]
    assert served.network.logits(view) == pytest.approx(np.mean(back, 0), abs=0.05)
    assert (DEFAULT_OUTLINER / LITERT).stat().st_size < 5e6


def test_the_card_has_figures_on_valid_and_test(served):
    for split in ("valid", "test"):
        assert served.card.reports[split].metrics["dice"].value > 0.9
