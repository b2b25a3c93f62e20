"""Converts colours to sRGB if a file describes them by numbers instead of an ICC profile.

High dynamic range is tone-mapped. ITU-R BT.2408 puts paper white at 203 cd/m², which becomes almost
white. Brighter light is compressed into the rest of the range.
"""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Numbers = npt.NDArray[np.float64]
Point = tuple[float, float]

PQ, HLG, SRGB_CURVE = "PQ", "HLG", "sRGB"
PAPER_WHITE = 203.0  # cd/m², ITU-R BT.2408
HLG_PEAK, HLG_GAMMA = 1000.0, 1.2  # the reference display's peak in cd/m² and gamma, BT.2100
# Below this light, sRGB's curve is a line (IEC 61966-2-1).
SRGB_LINEAR = 0.0031308
# Light above this is compressed; 1 is white.
KNEE = 0.8
NODES = 65
SAME_POINT = 0.01  # chromaticities that differ by less count as the same
MIN_SPAN = 1e-3  # least span of primaries: on a single line they span no colours
CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


class Primaries(NamedTuple):
    """Chromaticities, CIE 1931 x and y."""

    white: Point
    red: Point
    green: Point
    blue: Point


D65 = (0.3127, 0.3290)
BT709 = Primaries(D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
ADOBE = Primaries(D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
DISPLAY_P3 = Primaries(D65, (0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
BT2020 = Primaries(D65, (0.708, 0.292), (0.17, 0.797), (0.131, 0.046))


class Encoding(NamedTuple):
    """How numbers in a file encode colours. A curve is a name, or the exponent of a power."""

    primaries: Primaries = BT709
    curve: str | float = SRGB_CURVE

    @property
    def is_srgb(self) -> bool:
        return self == Encoding()


def to_srgb(image: Image.Image, encoding: Encoding) -> Image.Image:
    """Return an RGB or L picture in sRGB, and pictures of other modes unchanged."""
    if encoding.is_srgb or image.mode not in {"RGB", "L"}:
        return image
    if encoding.curve == HLG:
        image = image.convert("RGB").filter(_hlg_table())
    elif encoding.curve != SRGB_CURVE:
        image = image.point(_levels(encoding.curve) * len(image.getbands()))
    if encoding.primaries == BT709 or image.mode == "L":
        return image
    return image.filter(_primaries_table(encoding.primaries))


def _levels(curve: str | float) -> list[int]:
    """Return sRGB's level for each of the 256 levels of a curve."""
    signal = np.linspace(0, 1, 256)
    light = _compressed(_pq(signal) / PAPER_WHITE) if curve == PQ else signal ** float(curve)
    return [round(level) for level in (_encode(light) * 255).tolist()]


@lru_cache(maxsize=1)
def _hlg_table() -> ImageFilter.Color3DLUT:
    return _table(_encode(_compressed(_hlg(_grid()) / PAPER_WHITE)))


@lru_cache(maxsize=8)
def _primaries_table(primaries: Primaries) -> ImageFilter.Color3DLUT:
    return _table(_encode(_decode(_grid()) @ _matrix(primaries).T))


def _grid() -> Numbers:
    steps = np.linspace(0, 1, NODES)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    return np.stack([red, green, blue], -1)


def _table(colours: Numbers) -> ImageFilter.Color3DLUT:
    # Pillow accepts an array here, although its types do not say so.
    table: Any = colours.astype(np.float32).ravel()
    return ImageFilter.Color3DLUT(NODES, table)


def _decode(signal: Numbers) -> Numbers:
    """Return the linear light of an sRGB signal."""
    return np.where(
        signal <= SRGB_LINEAR * 12.92, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4
    )


def _pq(signal: Numbers) -> Numbers:
    """Return cd/m² by SMPTE ST 2084."""
    m1, m2 = 2610 / 16384, 2523 / 32
    c1, c2, c3 = 3424 / 4096, 2413 / 128, 2392 / 128
    power = signal ** (1 / m2)
    return 10_000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)


def _hlg(signal: Numbers) -> Numbers:
    """Return cd/m² of the reference display by ITU-R BT.2100."""
    a, b, c, middle = 0.17883277, 0.28466892, 0.55991073, 0.5
    scene = np.where(signal <= middle, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    luminance = scene @ np.array([0.2627, 0.6780, 0.0593])
    return np.asarray(HLG_PEAK * luminance[..., None] ** (HLG_GAMMA - 1) * scene)


def _compressed(light: Numbers) -> Numbers:
    """Return light with everything above the knee compressed smoothly below 1."""
    headroom = 1 - KNEE
    above = KNEE + headroom * (1 - np.exp(-np.maximum(light - KNEE, 0) / headroom))
    return np.where(light > KNEE, above, light)


def _encode(linear: Numbers) -> Numbers:
    """Return the sRGB signal of linear light (IEC 61966-2-1), mirrored for negative light.

    Colours outside sRGB are clipped after the look-up: clipping the table's entries would shift
    neighbouring colours.
    """
    size = np.abs(linear)
    curve = np.where(size <= SRGB_LINEAR, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)
    return np.asarray(np.sign(linear) * curve)


def _matrix(primaries: Primaries) -> Numbers:
    """Return the matrix from linear light of these primaries to linear light of sRGB's."""
    adapted = _adaptation(_xyz(primaries.white), _xyz(D65)) @ _to_xyz(primaries)
    return np.asarray(np.linalg.solve(_to_xyz(BT709), adapted))


def _to_xyz(primaries: Primaries) -> Numbers:
    columns = np.stack([_xyz(primary) for primary in primaries[1:]], 1)
    return np.asarray(columns * np.linalg.solve(columns, _xyz(primaries.white)))


def _xyz(point: Point) -> Numbers:
    x, y = point
    return np.array([x / y, 1, (1 - x - y) / y])


def _adaptation(white: Numbers, target: Numbers) -> Numbers:
    """Return Bradford's chromatic adaptation from one white point to another."""
    gains = np.diag(CONES @ target / (CONES @ white))
    return np.asarray(np.linalg.solve(CONES, gains @ CONES))


def measured(points: tuple[float, ...]) -> Primaries:
    """Return the primaries from eight numbers of a file, or sRGB's if the numbers make no sense."""
    pairs = np.array(points).reshape(-1, 2)
    usual = np.array(BT709)
    if pairs.shape != usual.shape or not _spans_colours(pairs):
        return BT709
    is_usual = np.abs(pairs - usual).max() < SAME_POINT
    return BT709 if is_usual else Primaries(*map(tuple, pairs.tolist()))


def _spans_colours(pairs: Numbers) -> bool:
    inside = np.isfinite(pairs).all() and (pairs > 0).all() and (pairs.sum(1) <= 1).all()
    span = np.abs(np.linalg.det(pairs[2:] - pairs[1])) if inside else 0
    return bool(span > MIN_SPAN)
