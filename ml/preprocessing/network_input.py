"""The one place where a photo becomes the network's input.

Training, evaluation and serving all resize here, with Pillow. LiteRT has no antialiased resize.
Plain bilinear sampling of a 3072 px photo aliases, and aliasing changes the score.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from ml.preprocessing import framing

# The smallest resolution of HAM10000's public copies. Every picture is reduced to this size: in
# those copies, sharpness reveals how many views a lesion has, and so the label.
WIDTH, HEIGHT = 200, 150

Pixels = npt.NDArray[np.uint8]

LEVELS = np.arange(256)
# A picture larger than this many times the wanted size is reduced before `resize`.
GAP = 3.0
# The largest width and height for `resize`, of a landscape and of a portrait picture.
MOST = (GAP * WIDTH, GAP * HEIGHT), (GAP * HEIGHT, GAP * WIDTH)

# The zooms of the four views whose answers are averaged. Clinics photograph from different
# distances. With several zooms, one of the views shows the lesion as large as in training.
MIRRORED = (1.0, 1.0, 1.0, 1.0)
SCALES = (1.0, 1.0, 1.25, 1.5)
# The direction of each view's rows and columns: a lesion has no left or top.
TURNS = ((1, 1), (-1, -1), (1, -1), (-1, 1))


def framed_view(image: Image.Image) -> Pixels:
    """Return the standard view of what is inside an RGB picture's frame (see `framing`)."""
    return standard_view(image, frame(image))


def frame(image: Image.Image) -> tuple[int, int, int, int]:
    """Return the part of an RGB picture inside its frame, 4:3 or 3:4: left, top, right, bottom.

    If the part is too small to show a lesion, return the whole picture.
    """
    return framing.find_frame(image) or (0, 0, *image.size)


def standard_view(image: Image.Image, box: tuple[int, int, int, int] | None = None) -> Pixels:
    """Return the whole picture, or the part in a box, as RGB uint8, (150, 200, 3), values 0-255.

    A portrait picture is first turned on its side (a lesion has no top). Other proportions are
    squeezed to 4:3. Nothing is cropped, so no lesion is lost at an edge.
    """
    left, top, right, bottom = box or (0, 0, *image.size)
    size = right - left, bottom - top
    is_portrait = size[1] > size[0]
    factors = [max(1, int(side / most)) for side, most in zip(size, MOST[is_portrait], strict=True)]
    if is_portrait and (size[0] % factors[0] or size[1] % factors[1]):
        # Turned first: reducing before the turn gives other pixels if a side is not divisible.
        return standard_view(lying(image.crop((left, top, right, bottom))))
    # `resize` would reduce in the same way. This reduces only the box, and comes before the turn.
    small = image.reduce((factors[0], factors[1]), (left, top, right, bottom))
    sides = [side / factor for side, factor in zip(size, factors, strict=True)]
    across, down = sides[::-1] if is_portrait else sides
    view = small.transpose(Image.Transpose.ROTATE_90) if is_portrait else small
    view = view.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, (0, 0, across, down))
    return np.asarray(view.convert("RGB"))


def measured_size(width: int, height: int) -> tuple[int, int]:
    """Return a photo's size, reduced to the standard view's area if the photo is larger."""
    shrink = min(1.0, math.sqrt(WIDTH * HEIGHT / (width * height)))
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def lying(image: Image.Image) -> Image.Image:
    """Return a portrait picture turned on its side, and other pictures unchanged."""
    is_portrait = image.height > image.width
    return image.transpose(Image.Transpose.ROTATE_90) if is_portrait else image


def neutral_light(views: Pixels) -> Pixels:
    """Return the views as under a neutral light source, same shape (..., height, width, 3).

    The method is shades of grey with the Minkowski norm p = 6 (Finlayson and Trezzi, "Shades of
    gray and colour constancy", CIC 2004). Each channel is divided by its share of the estimated
    light. This removes a clinic's lamp and white balance, and keeps the brightness.
    """
    flat = views.reshape(-1, *views.shape[-3:])
    return np.stack([_under_neutral_light(view) for view in flat]).reshape(views.shape)


def _under_neutral_light(view: Pixels) -> Pixels:
    # A channel has only 256 values. Counting them, and looking up results, is three times as fast
    # as arithmetic on every pixel.
    channels = [view[..., channel] for channel in range(3)]
    counts = np.array([np.bincount(channel.ravel(), minlength=256) for channel in channels])
    light = np.power(counts @ np.power(LEVELS / 255, 6) / channels[0].size, 1 / 6)
    gains = np.sqrt(np.square(light).mean()) / np.maximum(light, 1e-3)
    balanced = np.clip(np.rint(LEVELS * gains[:, None]), 0, 255).astype(np.uint8)
    return np.stack([row[channel] for row, channel in zip(balanced, channels, strict=True)], -1)


def zoomed(view: Pixels, zoom: float) -> Pixels:
    """Return the middle of a standard view, enlarged to the size of the view.

    A zoom of 1 changes nothing.
    """
    if zoom == 1:
        return view
    x, y = (side * (1 - 1 / zoom) / 2 for side in (WIDTH, HEIGHT))
    middle = (x, y, WIDTH - x, HEIGHT - y)
    image = Image.fromarray(view).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC, middle)
    return np.asarray(image)


def averaged(view: Pixels, zooms: Sequence[float]) -> npt.NDArray[np.float32]:
    """Return the network's inputs for a standard view, one for each zoom (at most four).

    The inputs are RGB in [0, 255] under neutral light, (zooms, 150, 200, 3). Each has a different
    orientation.
    """
    return _averaged(view.tobytes(), tuple(zooms))


# Cached: a photo's saliency map is drawn right after its answer, from the same inputs.
@lru_cache(maxsize=1)
def _averaged(pixels: bytes, zooms: tuple[float, ...]) -> npt.NDArray[np.float32]:
    view = np.frombuffer(pixels, np.uint8).reshape(HEIGHT, WIDTH, 3)
    neutral = {zoom: neutral_light(zoomed(view, zoom)) for zoom in {*zooms}}
    turned = zip(zooms, TURNS, strict=False)
    inputs = [neutral[zoom][::down, ::across] for zoom, (down, across) in turned]
    return np.stack(inputs).astype(np.float32)
