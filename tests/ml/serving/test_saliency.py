import keras
import numpy as np
import pytest

from ml.preprocessing import network_input
from ml.preprocessing.network_input import HEIGHT, SCALES, WIDTH
from ml.serving import saliency

CORNERS_AND_MIDDLE = [(10, 10), (140, 12), (12, 190), (135, 185), (60, 80), (90, 120), (74, 101)]


def dark_spot(row, column):
    """Return a light standard view with a single dark spot."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    light = 1 - 0.8 * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 60)
    return (230 * light[..., None] * [1, 0.9, 0.8]).astype(np.uint8)


def darkness(view):
    """Return a map of each view, with the darkness of each pixel."""
    return 255 - network_input.averaged(view, SCALES).mean(-1)


@pytest.mark.parametrize(("size", "cells"), [(150, 5), (200, 7), (150, 10), (25, 4), (150, 150)])
def test_the_centres_of_a_maps_cells_agree_with_keras_convolutions(size, cells):
    x = np.arange(size, dtype=np.float32)[None, :, None]
    while x.shape[1] > cells:
        middle = keras.layers.Conv1D(1, 3, 2, "same", use_bias=False)
        middle.build(x.shape)
        middle.set_weights([np.array([0, 1, 0], np.float32)[:, None, None]])
        x = np.asarray(middle(x))
    assert saliency.centres(size, cells).tolist() == x.ravel().tolist()


@pytest.mark.parametrize("spot", CORNERS_AND_MIDDLE)
def test_maps_of_turned_and_zoomed_views_are_placed_as_in_the_photo(spot):
    combined = saliency.combine(darkness(dark_spot(*spot)) - 30, SCALES)
    row, column = np.unravel_index(combined.argmax(), combined.shape)
    assert (5 * row + 2, 5 * column + 2) == pytest.approx(spot, abs=5)


def test_a_zoomed_view_adds_as_much_evidence_as_a_whole_view():
    evidence = np.zeros((1, 10, 13))
    evidence[:, 4:6, 5:8] = np.random.default_rng(0).uniform(size=(2, 3))
    unzoomed, zoomed = (saliency.combine(evidence, (zoom,)).sum() for zoom in (1.0, 1.5))
    assert zoomed == pytest.approx(unzoomed, rel=0.05)


def test_only_evidence_for_melanoma_is_shown_as_shares_of_the_strongest():
    shares = saliency.positive_shares(np.array([[-3.0, 0.5], [2.0, 0.0]]))
    assert shares.tolist() == [[0, 0.25], [1, 0]]
    assert shares.dtype == np.float32


def test_a_photo_without_evidence_has_an_empty_map():
    assert not saliency.positive_shares(np.full((30, 40), -1.0)).any()
    assert not saliency.positive_shares(np.zeros((30, 40))).any()


def test_one_view_of_each_zoom_represents_all_views_of_that_zoom():
    calls = []

    def run(rgb):
        calls.append(len(rgb))
        return 255 - rgb.mean(-1)

    view = dark_spot(120, 60)
    every = saliency.combine(darkness(view), SCALES)
    assert saliency.draw(run, view, SCALES) == pytest.approx(every, rel=0.02)
    assert calls == [3]


def test_a_parts_map_is_placed_where_the_part_was_cut_out():
    part_map = np.arange(1.0, 13).reshape(3, 4)
    photo_map = saliency.placed(part_map, (200, 0, 600, 300), (800, 600))
    assert photo_map.shape == (6, 8)
    assert (photo_map[:3, 2:6] == part_map).all()
    assert np.count_nonzero(photo_map) == 12


def test_the_map_of_a_part_that_is_the_whole_photo_stays_unchanged():
    photo_map = np.arange(1200.0).reshape(30, 40)
    placed = saliency.placed(photo_map, (0, 0, 803, 600), (803, 600))
    assert np.array_equal(placed, photo_map)
