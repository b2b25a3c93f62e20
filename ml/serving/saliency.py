"""Combines the saliency maps of a photo's views into a map of the photo."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ml.preprocessing import network_input
from ml.preprocessing.network_input import HEIGHT, TURNS, WIDTH, Pixels

Run = Callable[[Any], np.ndarray]

# Size of the map of a standard view. Each value stands for 5 x 5 px.
ROWS, COLUMNS = 30, 40


def draw(run: Run, view: Pixels, zooms: Sequence[float]) -> np.ndarray:
    """Return the map of a standard view, (30, 40), as workers draw it.

    `run` takes views, RGB in [0, 255], (n, 150, 200, 3), and returns their maps. For each zoom
    only one view is drawn: a second view would take as long, and hardly change the map.
    """
    positions = [*{zoom: position for position, zoom in enumerate(zooms)}.values()]
    return combine(run(network_input.averaged(view, zooms)[positions]), zooms, positions)


def combine(
    maps: np.ndarray, zooms: Sequence[float], positions: Sequence[int] | None = None
) -> np.ndarray:
    """Combine the maps of views, (n, rows, columns), into a map of the standard view, (30, 40).

    Each map is turned back and placed at its view's position in the photo. A zoomed view shows
    only a part of the photo, so its evidence has more weight in that part.

    Args:
        maps: the maps of all views, or of the views in `positions`.
        zooms: the zooms of all views.
        positions: which views have maps, as indices of `zooms`, one for each zoom. A map counts
            for all views of its zoom.
    """
    all_zooms = list(zooms)
    laid = [
        (1 if positions is None else all_zooms.count(zooms[position]))
        * _on_standard_view(view_map, zooms[position], TURNS[position])
        for view_map, position in zip(maps, positions or range(len(zooms)), strict=True)
    ]
    averaged: np.ndarray = np.sum(laid, axis=0) / len(zooms)
    return averaged


def _on_standard_view(view_map: np.ndarray, zoom: float, turn: tuple[int, int]) -> np.ndarray:
    rows = _spread(HEIGHT, len(view_map), ROWS, zoom, turn[0])
    columns = _spread(WIDTH, view_map.shape[1], COLUMNS, zoom, turn[1])
    spread: np.ndarray = zoom**2 * rows @ view_map @ columns.T
    return spread


def positive_shares(combined: np.ndarray) -> np.ndarray:
    """Return only the evidence for melanoma, (30, 40) float32, as shares of the largest value."""
    evidence = np.maximum(combined, 0)
    shares: np.ndarray = evidence / max(evidence.max(), np.finfo(np.float32).tiny)
    return shares.astype(np.float32)


@lru_cache
def _spread(size: int, cells: int, count: int, zoom: float, turn: int) -> np.ndarray:
    """Return a matrix, (count, cells), that interpolates along one side of the standard view.

    Args:
        size: px of that side.
        cells: values along that side in the view's map.
        count: values along that side in the combined map.
        zoom: zoom of the view.
        turn: -1 if the view is mirrored along this side.
    """
    middle = (size - 1) / 2
    targets = (np.arange(count) + 0.5) * size / count - 0.5
    sampled = middle + turn * zoom * (targets - middle)
    near = [np.interp(sampled, centres(size, cells), cell) for cell in np.eye(cells)]
    return np.where(abs(sampled - middle) <= size / 2, near, 0).T


def centres(size: int, cells: int) -> np.ndarray:
    """Return the pixel, of `size` in a row, at the centre of each of a layer's `cells`.

    TensorFlow pads a convolution of stride 2 so that its centres are the pixels 1, 3, 5 ... in a
    row of even length, and 0, 2, 4 ... in a row of odd length.
    """
    sides = [size]
    while sides[-1] > cells:
        sides.append(-(-sides[-1] // 2))
    positions = np.arange(cells)
    for side in reversed(sides[:-1]):
        positions = 2 * positions + (side % 2 == 0)
    return positions


def placed(part: np.ndarray, box: tuple[int, int, int, int], size: tuple[int, int]) -> np.ndarray:
    """Return the map of a part of a photo as a map of the whole photo, with 0 outside the part.

    Args:
        part: map of the part, (rows, columns).
        box: left, top, right, bottom of the part, px.
        size: width and height of the photo, px.
    """
    left, top, right, bottom = box
    rows, columns = part.shape
    down, across = rows / (bottom - top), columns / (right - left)
    photo_map = np.zeros(
        (max(rows, round(size[1] * down)), max(columns, round(size[0] * across))), part.dtype
    )
    row = min(round(top * down), photo_map.shape[0] - rows)
    column = min(round(left * across), photo_map.shape[1] - columns)
    photo_map[row : row + rows, column : column + columns] = part
    return photo_map
