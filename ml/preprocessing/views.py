"""The views of a photo for classifying and measuring. They are made once, and stored losslessly."""

import struct
import zlib
from typing import NamedTuple, Self

import numpy as np
from PIL import Image

from ml.preprocessing import network_input
from ml.preprocessing.network_input import HEIGHT, WIDTH, Pixels

# Changes whenever a view's pixels would change. Stored views of another version are made again.
VERSION = 1

# The version; the sides of the photo; the box inside its frame: left, top, right, bottom.
HEAD = struct.Struct(">B6I")
STANDARD = (HEIGHT, WIDTH, 3)


class OutdatedViewsError(ValueError):
    """Stored views cannot be used: they have another version, or are damaged."""


class Views(NamedTuple):
    """A photo as the classifier and the measurement see it."""

    size: tuple[int, int]  # width and height of the photo
    box: tuple[int, int, int, int]  # the part inside its frame: left, top, right, bottom
    framed: Pixels  # that part, as the classifier sees it, (150, 200, 3)
    whole: Pixels  # the whole photo, upright, with no more pixels than `framed`

    @classmethod
    def of(cls, image: Image.Image) -> Self:
        """Return the views of an upright RGB photo."""
        box = network_input.frame(image)
        framed = network_input.standard_view(image, box)
        if _has_equal_views(image.size, box):
            return cls(image.size, box, framed, upright(framed, box))
        size = network_input.measured_size(*image.size)
        whole = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=network_input.GAP)
        return cls(image.size, box, framed, np.asarray(whole))

    def to_bytes(self) -> bytes:
        are_equal = _has_equal_views(self.size, self.box)
        kept = [self.framed] if are_equal else [self.framed, self.whole]
        # Compressed, the differences of neighbouring pixels are a quarter smaller than the pixels.
        steps = [np.diff(view, axis=1, prepend=np.uint8(0)).tobytes() for view in kept]
        head = HEAD.pack(VERSION, *self.size, *self.box)
        return head + zlib.compress(b"".join(steps), level=1)

    @classmethod
    def from_bytes(cls, kept: bytes) -> Self:
        """Return the views from the bytes of `to_bytes`.

        Raises:
            OutdatedViewsError: the bytes are damaged or have another version.
        """
        try:
            version, *sides = HEAD.unpack_from(kept)
            if version != VERSION:
                raise OutdatedViewsError(f"version {version}")
            size, box = (sides[0], sides[1]), (sides[2], sides[3], sides[4], sides[5])
            return cls(size, box, *_opened(kept[HEAD.size :], size, box))
        except (struct.error, zlib.error, ArithmeticError, ValueError) as error:
            raise OutdatedViewsError(str(error)) from error


def upright(view: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """Return a standard view, or a map of one, in the photo's orientation."""
    left, top, right, bottom = box
    return np.rot90(view, -1) if bottom - top > right - left else view


def _has_equal_views(size: tuple[int, int], box: tuple[int, int, int, int]) -> bool:
    """Return whether both views show the same pixels: a photo of 4:3 without a frame."""
    is_standard = network_input.measured_size(*size) in {(WIDTH, HEIGHT), (HEIGHT, WIDTH)}
    return is_standard and box == (0, 0, *size)


def _opened(
    compressed: bytes, size: tuple[int, int], box: tuple[int, int, int, int]
) -> tuple[Pixels, Pixels]:
    width, height = network_input.measured_size(*size)
    are_equal = _has_equal_views(size, box)
    first, second = WIDTH * HEIGHT * 3, 0 if are_equal else width * height * 3
    # The second argument limits the memory, however far the bytes would expand.
    steps = zlib.decompressobj().decompress(compressed, first + second)
    framed = _summed(steps[:first], STANDARD)
    whole = upright(framed, box) if are_equal else _summed(steps[first:], (height, width, 3))
    return framed, whole


def _summed(steps: bytes, shape: tuple[int, int, int]) -> Pixels:
    return np.cumsum(np.frombuffer(steps, np.uint8).reshape(shape), axis=1, dtype=np.uint8)
