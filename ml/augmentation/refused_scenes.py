"""Composes pictures that the gate should refuse: skin without a spot, several spots, screenshots.

The gate refuses all but readable photos of a lesion. The pictures are made of real photos of
lesions with known outlines. Some pictures that the gate should accept (one spot on another photo's
skin) are composed, too: otherwise the gate would learn to refuse composed pictures.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from ml.preprocessing import network_input
from ml.preprocessing.network_input import HEIGHT, WIDTH, Pixels

SIZE = (WIDTH, HEIGHT)
MARGIN = 6  # px around an outline that still belong to the spot
# Sides of the patches of bare skin to try, as shares of the picture's sides.
PATCHES = (0.7, 0.6, 0.5, 0.4, 0.33)
# Least and largest width, as shares of the picture's width, for a single spot, for each of several
# spots, and for a spot that is too far away.
SINGLE, GROUPED, FAR = (0.2, 0.6), (0.08, 0.22), (0.03, 0.07)
MOST_SPOTS = 9
# Limits of attempts: to place the spots of a picture, and for each wanted picture.
PLACEMENTS, ATTEMPTS = 60, 4
# Spots larger than this share of the picture have too little skin around them to be cut out.
LARGEST = 0.35
SCREEN = (360, 640)
LIGHT = 0.7  # share of screens in light mode
BUBBLES = 0.15  # share of lines drawn as chat bubbles
GRIDS = ((1, 2), (2, 1), (2, 2), (2, 3), (3, 3))


class Outlined(NamedTuple):
    """A standard view, and the pixels of the spot in it, (150, 200) bool."""

    pixels: Pixels
    mask: np.ndarray


class Cutout(NamedTuple):
    """A spot with a little skin around it, and the opacity of each pixel, 0-255."""

    spot: Image.Image
    opacity: Image.Image
    skin: np.ndarray  # the surrounding colour, RGB


Maker = Callable[[Sequence[Outlined], np.random.Generator], Pixels | None]


def make(
    maker: Maker, photos: Sequence[Outlined], count: int, generator: np.random.Generator
) -> np.ndarray:
    """Return at most `count` pictures of one sort, (n, 150, 200, 3) uint8.

    If photos are unsuitable, there are fewer pictures, or none.
    """
    pictures = [*islice(_attempts(maker, photos, ATTEMPTS * count, generator), count)]
    return np.stack(pictures) if pictures else np.empty((0, HEIGHT, WIDTH, 3), np.uint8)


def _attempts(
    maker: Maker, photos: Sequence[Outlined], count: int, generator: np.random.Generator
) -> Iterator[Pixels]:
    for _ in range(count if photos else 0):
        picture = maker(photos, generator)
        if picture is not None:
            yield picture


def bare_skin(photos: Sequence[Outlined], generator: np.random.Generator) -> Pixels | None:
    """Return a random photo's largest 4:3 patch without any part of its spot, or None."""
    pixels, mask = _random_photo(photos, generator)
    spot = ndimage.binary_dilation(mask, iterations=MARGIN)
    for share in PATCHES:
        width, height = int(WIDTH * share), int(HEIGHT * share)
        # A spot in the middle leaves the corners and the middles of the edges free.
        places = [
            (left, top)
            for left in (0, (WIDTH - width) // 2, WIDTH - width)
            for top in (0, (HEIGHT - height) // 2, HEIGHT - height)
        ]
        for left, top in generator.permutation(places).tolist():
            if not spot[top : top + height, left : left + width].any():
                return _enlarged(pixels, (left, top, left + width, top + height))
    return None


def one_spot(photos: Sequence[Outlined], generator: np.random.Generator) -> Pixels | None:
    """Return one spot on another photo's skin, which the gate should accept."""
    return _on_skin(photos, generator, 1, SINGLE)


def far_spot(photos: Sequence[Outlined], generator: np.random.Generator) -> Pixels | None:
    """Return one spot that is too small to read."""
    return _on_skin(photos, generator, 1, FAR)


def several_spots(photos: Sequence[Outlined], generator: np.random.Generator) -> Pixels | None:
    """Return 3 to 9 spots on another photo's skin."""
    return _on_skin(photos, generator, int(generator.integers(3, MOST_SPOTS + 1)), GROUPED)


def several_photos(photos: Sequence[Outlined], generator: np.random.Generator) -> Pixels | None:
    """Return two to nine photos side by side."""
    rows, columns = GRIDS[generator.integers(len(GRIDS))]
    sheet = Image.new("RGB", SIZE)
    edges = [np.linspace(0, side, count + 1).astype(int) for side, count in
             ((WIDTH, columns), (HEIGHT, rows))]  # fmt: skip
    for row in range(rows):
        for column in range(columns):
            box = (edges[0][column], edges[1][row], edges[0][column + 1], edges[1][row + 1])
            photo = Image.fromarray(_random_photo(photos, generator).pixels)
            size = (int(box[2] - box[0]), int(box[3] - box[1]))
            sheet.paste(photo.resize(size, Image.Resampling.BICUBIC), box[:2])
    return np.asarray(sheet)


def screenshot(photos: Sequence[Outlined], generator: np.random.Generator) -> Pixels | None:
    """Return a phone's screen with a photo among text and buttons.

    Return None if `framing` would crop the screen to the photo, which the gate should accept.
    """
    ground, ink = (245, 20) if generator.random() < LIGHT else (25, 230)
    screen = Image.new("RGB", SCREEN, (ground,) * 3)
    pen = ImageDraw.Draw(screen)
    _write(pen, generator, ink)
    width = int(generator.uniform(0.35, 0.85) * SCREEN[0])
    size = (width, int(width / WIDTH * HEIGHT))
    place = [
        int(generator.uniform(0, side - inner)) for side, inner in zip(SCREEN, size, strict=True)
    ]
    photo = Image.fromarray(_random_photo(photos, generator).pixels).resize(
        size, Image.Resampling.BICUBIC
    )
    screen.paste(photo, (place[0], place[1]))
    left, top, right, bottom = network_input.frame(screen)
    is_inside = left >= place[0] - 2 and right <= place[0] + size[0] + 2
    if is_inside and top >= place[1] - 2 and bottom <= place[1] + size[1] + 2:
        return None
    return network_input.framed_view(screen)


def _write(pen: ImageDraw.ImageDraw, generator: np.random.Generator, ink: int) -> None:
    """Fill a screen with lines of text, bubbles and a bar of buttons."""
    size = int(generator.integers(10, 22))
    for y in range(12, SCREEN[1] - 40, int(size * generator.uniform(1.4, 2.6))):
        if generator.random() < BUBBLES:
            colour = tuple(int(value) for value in generator.integers(40, 230, 3))
            pen.rounded_rectangle((20, y, SCREEN[0] - 20, y + 2 * size), 8, colour)
        letters = "".join(chr(code) for code in generator.integers(97, 123, 40))
        spaced = "".join(" " if generator.random() < 1 / 6 else letter for letter in letters)
        pen.text((int(generator.integers(8, 60)), y), spaced, (ink,) * 3, font_size=size)
    for x in range(30, SCREEN[0], 80):
        pen.ellipse((x, SCREEN[1] - 34, x + 24, SCREEN[1] - 10), (ink,) * 3)


def _on_skin(
    photos: Sequence[Outlined],
    generator: np.random.Generator,
    count: int,
    shares: tuple[float, float],
) -> Pixels | None:
    """Return skin with spots that do not touch.

    `shares` is the range of the spots' widths, as shares of the picture's width.
    """
    skin, spot = bare_skin(photos, generator), _cut_out(_random_photo(photos, generator))
    if skin is None or spot is None:
        return None
    picture, free = Image.fromarray(skin), np.ones((HEIGHT, WIDTH), bool)
    placed = 0
    for _ in range(PLACEMENTS):
        width = max(4, int(generator.uniform(*shares) * WIDTH))
        box = _box(spot, width, generator)
        if box is None or not free[box[1] : box[3], box[0] : box[2]].all():
            continue
        _paste(picture, spot, box)
        free[box[1] : box[3], box[0] : box[2]] = False
        placed += 1
        if placed == count:
            return np.asarray(picture)
        spot = _cut_out(_random_photo(photos, generator)) or spot
    return None


def _box(
    spot: Cutout, width: int, generator: np.random.Generator
) -> tuple[int, int, int, int] | None:
    height = max(4, round(width * spot.spot.height / spot.spot.width))
    if width >= WIDTH or height >= HEIGHT:
        return None
    left, top = (int(generator.integers(0, room)) for room in (WIDTH - width, HEIGHT - height))
    return left, top, left + width, top + height


def _paste(picture: Image.Image, spot: Cutout, box: tuple[int, int, int, int]) -> None:
    """Paste a spot, with its colours adapted to the skin."""
    size = (box[2] - box[0], box[3] - box[1])
    skin = np.asarray(picture.crop(box), np.float32).mean((0, 1))
    toned = np.asarray(spot.spot, np.float32) * (skin / np.maximum(spot.skin, 1))
    tinted = Image.fromarray(np.clip(toned, 0, 255).astype(np.uint8))
    picture.paste(tinted.resize(size, Image.Resampling.BICUBIC), box[:2], spot.opacity.resize(size))


def _cut_out(photo: Outlined) -> Cutout | None:
    """Return the spot of a photo, or None if the spot is missing, very large, or near an edge."""
    grown = ndimage.binary_dilation(photo.mask, iterations=MARGIN)
    rows, columns = (np.flatnonzero(grown.any(axis)) for axis in (1, 0))
    if not len(rows) or photo.mask.mean() > LARGEST:
        return None
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    if top == 0 or left == 0 or bottom == HEIGHT or right == WIDTH:
        return None
    opacity = Image.fromarray(grown * np.uint8(255)).filter(ImageFilter.GaussianBlur(MARGIN / 2))
    inside = photo.pixels[top:bottom, left:right]
    ring = ~photo.mask[top:bottom, left:right]
    box = (int(left), int(top), int(right), int(bottom))
    return Cutout(Image.fromarray(inside), opacity.crop(box), inside[ring].mean(0))


def _random_photo(photos: Sequence[Outlined], generator: np.random.Generator) -> Outlined:
    return photos[int(generator.integers(len(photos)))]


def _enlarged(pixels: Pixels, box: tuple[int, int, int, int]) -> Pixels:
    image = Image.fromarray(pixels).resize(SIZE, Image.Resampling.BICUBIC, box)
    return np.asarray(image)
