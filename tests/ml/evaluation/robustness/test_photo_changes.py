import numpy as np
import pytest
from PIL import Image

from ml.evaluation.robustness.photo_changes import CHANGES
from ml.preprocessing import network_input
from tests.pictures import dermoscopy_like

PHOTO = dermoscopy_like(1, (600, 450))
# Strength 0 is the mild change, and 1 the strong change.
EVERY = [(name, strength) for name in CHANGES for strength in (0, 1)]


def changed(name, strength, photo=PHOTO):
    return CHANGES[name][strength].change(photo, np.random.default_rng(4))


def distance(first, other):
    return np.abs(
        network_input.framed_view(first).astype(int) - network_input.framed_view(other)
    ).mean()


@pytest.mark.parametrize(("name", "strength"), EVERY)
def test_a_change_returns_a_different_rgb_photo(name, strength):
    result = changed(name, strength)
    assert result.mode == "RGB"
    assert result.size != PHOTO.size or (np.asarray(result) != np.asarray(PHOTO)).any()


@pytest.mark.parametrize(
    "name", {*CHANGES} - {"disc in black", "bars of a screenshot", "ruler", "ink"}
)
def test_the_strong_change_is_larger_than_the_mild_one(name):
    photo = Image.fromarray(np.asarray(PHOTO))
    assert distance(changed(name, 1), photo) > distance(changed(name, 0), photo)


@pytest.mark.parametrize("strength", [0, 1])
def test_a_disc_is_compared_with_the_rectangle_inside_it(strength):
    pair = CHANGES["disc in black"][strength]
    inside = pair.reference(PHOTO, np.random.default_rng(0))
    assert inside.width / inside.height == pytest.approx(4 / 3, abs=0.02)
    assert distance(changed("disc in black", strength), inside) < 6


def test_bars_are_found_and_cropped():
    assert distance(changed("bars of a screenshot", 1), PHOTO) < 6
