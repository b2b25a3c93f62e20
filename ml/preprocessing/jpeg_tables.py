"""How a JPEG was compressed: pixels that are compressed again alike lose next to nothing."""

from functools import cache
from io import BytesIO
from typing import NamedTuple, Self

from PIL import Image, JpegImagePlugin

# Of libjpeg, 1 to 100: no file needs to be better.
FINEST = 95
# What a baseline JPEG can hold.
COARSEST = 255
# Of 4:2:0, the larger of a block's sides: only whole ones keep their places when a photo is turned.
BLOCK = 16
# What Pillow calls 4:2:2 would lie on its side in a photo that is turned so; what it does not know
# is -1.
HALF_ACROSS, UNKNOWN = 1, -1
SIDEWAYS = {
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.TRANSVERSE,
}
# The components' names where they are no luminance and two of colour.
RGB_NAMES = (82, 71, 66)
SIDE = 8

Table = tuple[int, ...]


class JpegTables(NamedTuple):
    """What a picture's frequencies are divided by, row by row, and how its colour is sampled."""

    luminance: Table
    colour: Table
    sampling: int

    @classmethod
    def of(cls, image: Image.Image) -> Self | None:
        """Return those of an opened file; None if it is no usual JPEG in colour."""
        if not isinstance(image, JpegImagePlugin.JpegImageFile) or image.mode != "RGB":
            return None
        names, numbers = zip(*((one[0], one[3]) for one in image.layer), strict=True)
        sampling = JpegImagePlugin.get_sampling(image)
        is_usual = names != RGB_NAMES and image.info.get("adobe_transform") != 0
        if not is_usual or numbers[1] != numbers[2] or sampling == UNKNOWN:
            return None
        luminance, colour = (tuple(image.quantization[number]) for number in numbers[:2])
        return cls(luminance, colour, sampling) if max(*luminance, *colour) <= COARSEST else None

    def turned(self, turn: Image.Transpose | None, size: tuple[int, int]) -> Self | None:
        """Return those of the picture turned; None if its blocks lie elsewhere then."""
        if turn is None:
            return self
        if size[0] % BLOCK or size[1] % BLOCK:
            return None
        if turn not in SIDEWAYS:
            return self
        if self.sampling == HALF_ACROSS:
            return None
        return self._replace(luminance=_flipped(self.luminance), colour=_flipped(self.colour))

    def bounded(self) -> Self:
        """Return them no finer than the finest that we keep."""
        finest = _finest()
        return self._replace(
            luminance=tuple(map(max, self.luminance, finest.luminance)),
            colour=tuple(map(max, self.colour, finest.colour)),
        )


@cache
def _finest() -> JpegTables:
    buffer = BytesIO()
    Image.new("RGB", (BLOCK, BLOCK)).save(buffer, "JPEG", quality=FINEST)
    with Image.open(buffer) as image:
        found = JpegTables.of(image)
    assert found
    return found


def _flipped(table: Table) -> Table:
    return tuple(table[SIDE * column + row] for row in range(SIDE) for column in range(SIDE))
