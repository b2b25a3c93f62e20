"""Finds the picture inside a frame: bars, a black border, or the black around a round picture.

A frame reveals the clinic and the device, and leaves fewer pixels to the spot. The part inside is
cropped to 4:3, by the same rule for all pictures. Nothing is squeezed.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
# A box: left, top, right and bottom. A `Fit` returns the box of a given width and height, or None
# if there is no room for this box.
Inner = tuple[float, float, float, float]
Fit = Callable[[float, float], Inner | None]

# Frames are searched for on a reduced copy. Its longer side has this many pixels, or up to twice
# as many.
WORK_SIDE = 160
ASPECT = 4 / 3

# A bar has one colour in at least `BAR_SHARE` of each line: text and icons may cover the rest. A
# screenshot's compression changes this colour by a few levels. Skin out of focus is nearly as even,
# so a coloured bar must be more even than a grey bar.
GREY = 12
SAME_GREY, SAME_COLOUR = 5, 2
BAR_SHARE = 0.75
# The picture's first lines behind a bar must all differ from the bar's colour. So even skin before
# a ruler is no bar: the skin goes on behind the ruler.
EDGE_CONTRAST = 16
EDGE_SHARE = 0.6
EDGE_LINES = 4
MAX_BARS = 3

# A frame's pixels are black: at most this share of the picture's 98th percentile, and at most this
# level.
BLACK_SHARE = 0.22
BLACK_LEVEL = 48
# A frame's brightness is even. A dark lesion that reaches a corner is less even.
MAX_FRAME_SPREAD = 9.0
MIN_FRAME_SHARE = 0.004

# How far a disc's outline may be from its circle, and the width of its soft rim, as shares of the
# radius. In 1 % of photos, the disc and the rectangle inside the disc get different tiers. With
# twice this rim, the tiers differ in 4 to 8 %.
NEAR = 0.02
RIM = 0.01
MIN_ON_CIRCLE = 0.75
MIN_POINTS = 10
# Each fit leaves out points that were far from the previous circle.
FITS = 6
MAX_OUTSIDE = 0.03
# Share of a box that stray pixels of the frame may cover, if the picture is not a disc.
STRAY_SHARE = 0.002
PRECISION = 0.25
# Least length of a box's sides, as a share of the picture's shorter side. In a smaller box, no spot
# would be visible.
MIN_REST = 0.2


class Box(NamedTuple):
    """Columns `left` to `right` and rows `top` to `bottom`, without `right` and `bottom`."""

    left: int
    top: int
    right: int
    bottom: int


class Circle(NamedTuple):
    x: float
    y: float
    radius: float


def find_frame(image: Image.Image) -> Box | None:
    """Return the largest 4:3 (or 3:4) box of an upright RGB picture inside its frame.

    Without a frame, return the middle of the picture. Return None if too little remains inside the
    frame. Only a reduced copy of the picture is examined.
    """
    step = max(1, max(image.size) // WORK_SIDE)
    small = np.asarray(image.reduce(step))
    left, top, right, bottom = _inside_bars(small)
    inner = _inside_black(small[top:bottom, left:right])
    if min(inner[2] - inner[0], inner[3] - inner[1]) < MIN_REST * min(small.shape[:2]):
        return None
    return _box_of(inner, (left, top), step, image.size)


def _inside_bars(small: Pixels) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the part between even bars, as on a screenshot."""
    left, top, (bottom, right) = 0, 0, small.shape[:2]
    for _ in range(MAX_BARS):
        inside = small[top:bottom, left:right]
        above, below = _bar_depth(inside), _bar_depth(inside[::-1])
        inside = inside[above : max(above, len(inside) - below)].swapaxes(0, 1)
        if not inside.size:
            break
        at_left, at_right = _bar_depth(inside), _bar_depth(inside[::-1])
        # If only bars remain, the picture has two colours side by side, and no frame.
        if not any((above, below, at_left, at_right)) or at_left + at_right >= len(inside):
            break
        left, top, right, bottom = left + at_left, top + above, right - at_right, bottom - below
    return left, top, right, bottom


def _bar_depth(lines: Pixels) -> int:
    """Return how many of the first lines are a bar: one colour, with a sharp edge behind it."""
    colour = np.median(lines[0], axis=0).astype(np.int16)
    same = SAME_GREY if np.ptp(colour) <= GREY else SAME_COLOUR
    if _differing(lines[:1], colour, same)[0] > 1 - BAR_SHARE:
        return 0
    depth = int(np.argmax(_differing(lines, colour, same) > 1 - BAR_SHARE))
    # The line between bar and picture contains both.
    behind = lines[depth + 1 : depth + 1 + EDGE_LINES]
    if depth == 0 or _differing(behind, colour, EDGE_CONTRAST).min(initial=1) < EDGE_SHARE:
        return 0
    return depth + 1


def _differing(lines: Pixels, colour: npt.NDArray[np.int16], limit: int) -> npt.NDArray[np.float64]:
    """Return the share of each line's pixels that differ from a colour by more than the limit."""
    differs = np.zeros(lines.shape[:2], bool)
    for channel in range(3):
        differs |= np.abs(lines[..., channel] - colour[channel]) > limit
    return np.asarray(differs.mean(1))


def _inside_black(inside: Pixels) -> Inner:
    """Return the largest 4:3 rectangle inside a black frame: left, top, right, bottom."""
    red, green, blue = np.moveaxis(inside, -1, 0)
    light = np.maximum(np.maximum(red, green), blue)
    frame = _black_frame(light)
    height, width = frame.shape
    surrounding = Circle(width / 2, height / 2, float(np.hypot(width, height)))
    if frame.mean() < MIN_FRAME_SHARE or frame.all():
        return _largest_in(surrounding, width, height)
    circle = _circle_around(~frame)
    if circle is not None:
        return _largest_in(circle, width, height)
    # A single black corner is more likely a lesion's than a frame's.
    is_border = np.count_nonzero(frame[[0, 0, -1, -1], [0, -1, 0, -1]]) > 1
    is_even = np.ptp(np.percentile(light[frame], (20, 80))) <= MAX_FRAME_SPREAD
    return (
        _largest_outside(frame)
        if is_border and is_even
        else _largest_in(surrounding, width, height)
    )


def _black_frame(light: Pixels) -> Mask:
    """Return the black pixels that are connected to an edge both horizontally and vertically."""
    black = light <= min(BLACK_LEVEL, BLACK_SHARE * np.percentile(light, 98))
    return _reached(black) & _reached(black.T).T


def _reached(black: Mask) -> Mask:
    """Return the black pixels in unbroken horizontal runs from the left or right edge."""
    onward = np.logical_and.accumulate(black, axis=1)
    back = np.logical_and.accumulate(black[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(onward | back)


def _circle_around(content: Mask) -> Circle | None:
    """Return the circle on which the content's outline lies, or None if there is none."""
    across = _outline(content)
    points = np.concatenate([across, _outline(content.T)[:, ::-1]])
    kept = points
    for _ in range(FITS):
        if len(kept) < MIN_POINTS:
            return None
        circle = _fit(kept)
        distance = np.abs(
            np.hypot(points[:, 0] - circle.x, points[:, 1] - circle.y) - circle.radius
        )
        near = distance <= max(1.5, NEAR * circle.radius)
        kept = points[distance <= max(1.5, float(np.median(distance)) * 2)]
    is_straight = circle.radius > np.hypot(*content.shape)
    if is_straight or near.mean() < MIN_ON_CIRCLE or _share_outside(circle, content) > MAX_OUTSIDE:
        return None
    return circle._replace(radius=circle.radius * (1 - RIM))


def _share_outside(circle: Circle, content: Mask) -> float:
    """Return the share of the content outside a circle: large if the circle's inside is black."""
    y, x = np.ogrid[: content.shape[0], : content.shape[1]]
    outside = np.square(x + 0.5 - circle.x) + np.square(y + 0.5 - circle.y) > circle.radius**2
    return float((outside & content).sum() / content.sum())


def _outline(content: Mask) -> npt.NDArray[np.float64]:
    """Return x and y of each row's first and last content pixel, unless it is at the edge."""
    height, width = content.shape
    rows = np.arange(height)
    first = content.argmax(1)
    last = width - 1 - content[:, ::-1].argmax(1)
    filled = content.any(1)
    ends = [(first, filled & (first > 0), 0.0), (last, filled & (last < width - 1), 1.0)]
    return np.concatenate(
        [np.stack([x[valid] + side, rows[valid] + 0.5], 1) for x, valid, side in ends]
    )


def _fit(points: npt.NDArray[np.float64]) -> Circle:
    """Return the least-squares circle (Kåsa's method: linear in the centre and a constant)."""
    sides = np.column_stack([2 * points, np.ones(len(points))])
    (x, y, constant), *_ = np.linalg.lstsq(sides, np.square(points).sum(1), rcond=None)
    return Circle(float(x), float(y), float(np.sqrt(max(constant + x * x + y * y, 0))))


def _largest_in(circle: Circle, width: int, height: int) -> Inner:
    """Return the largest 4:3 or 3:4 rectangle inside both the circle and the picture."""

    def fit(across: float, down: float) -> Inner | None:
        # The place nearest to the circle's centre is the best for all four corners.
        x = min(max(circle.x, across / 2), width - across / 2)
        y = min(max(circle.y, down / 2), height - down / 2)
        corner = np.hypot(abs(x - circle.x) + across / 2, abs(y - circle.y) + down / 2)
        if corner > circle.radius:
            return None
        return x - across / 2, y - down / 2, x + across / 2, y + down / 2

    return _largest(fit, width, height)


def _largest_outside(frame: Mask) -> Inner:
    """Return the largest 4:3 or 3:4 rectangle with (nearly) no pixel of the frame."""
    height, width = frame.shape
    sums = np.pad(frame.astype(np.int32), ((1, 0), (1, 0))).cumsum(0).cumsum(1)

    def fit(across: float, down: float) -> Inner | None:
        w, h = max(1, int(across)), max(1, int(down))
        inside = sums[h:, w:] - sums[:-h, w:] - sums[h:, :-w] + sums[:-h, :-w]
        y, x = np.nonzero(inside <= STRAY_SHARE * w * h)
        if not len(x):
            return None
        middle = np.square(x + w / 2 - width / 2) + np.square(y + h / 2 - height / 2)
        left, top = float(x[middle.argmin()]), float(y[middle.argmin()])
        return left, top, left + w, top + h

    return _largest(fit, width, height)


def _largest(fit: Fit, width: int, height: int) -> Inner:
    """Return the largest box that `fit` places: 4:3, unless a 3:4 box is clearly larger."""
    lying = _bisected(fit, ASPECT, min(height, width / ASPECT))
    upright = _bisected(fit, 1 / ASPECT, min(height, width * ASPECT))
    return upright if _area(upright) > 1.05 * _area(lying) else lying


def _bisected(fit: Fit, aspect: float, limit: float) -> Inner:
    best, low, high = (0.0, 0.0, 0.0, 0.0), 0.0, limit
    size = limit
    while high - low > PRECISION:
        placed = fit(aspect * size, size)
        best, low, high = (placed, size, high) if placed else (best, low, size)
        size = (low + high) / 2
    return best


def _area(box: Inner) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _box_of(inner: Inner, offset: tuple[int, int], step: int, size: tuple[int, int]) -> Box:
    """Return the box in pixels of the whole picture."""
    x, y = offset
    left, top, right, bottom = (
        round((side + at) * step) for side, at in zip(inner, (x, y, x, y), strict=True)
    )
    return Box(max(left, 0), max(top, 0), min(right, size[0]), min(bottom, size[1]))
