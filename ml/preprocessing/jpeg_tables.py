"""How a JPEG was compressed. Compressing its pixels again in the same way loses hardly anything."""

from functools import cache
from io import BytesIO
from typing import NamedTuple, Self

from PIL import Image, JpegImagePlugin

# libjpeg's quality, 1 to 100. No stored file exceeds it.
FINEST = 95
# The largest divisor that a baseline JPEG's tables can hold.
COARSEST = 255
# The largest side of a block, with 4:2:0 or 4:2:2. In a turned photo, only whole blocks keep their
# places.
BLOCK = 16
# Pillow's numbers for 4:2:2 and for a sampling that it does not know. Turned on its side, a photo
# with 4:2:2 would have another sampling.
HALF_ACROSS, UNKNOWN = 1, -1
SIDEWAYS = {
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.TRANSVERSE,
}
# Component names of pictures stored as RGB, not as one luminance and two colours.
RGB_NAMES = (82, 71, 66)
SIDE = 8

Table = tuple[int, ...]


class JpegTables(NamedTuple):
    """The quantisation tables of a picture, row by row, and its colour subsampling."""

    luminance: Table
    colour: Table
    sampling: int

    @classmethod
    def of(cls, image: Image.Image) -> Self | None:
        """Return the tables of an opened file, or None if it is not a usual JPEG in colour."""
        if not isinstance(image, JpegImagePlugin.JpegImageFile) or image.mode != "RGB":
            return None
        names, numbers = zip(
            *((component[0], component[3]) for component in image.layer), strict=True
        )
        sampling = JpegImagePlugin.get_sampling(image)
        is_usual = names != RGB_NAMES and image.info.get("adobe_transform") != 0
        if not is_usual or numbers[1] != numbers[2] or sampling == UNKNOWN:
            return None
        luminance, colour = (tuple(image.quantization[number]) for number in numbers[:2])
        return cls(luminance, colour, sampling) if max(*luminance, *colour) <= COARSEST else None

    def turned(self, turn: Image.Transpose | None, size: tuple[int, int]) -> Self | None:
        """Return the tables for the turned picture, or None if the turn shifts its blocks."""
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
        """Return the tables with no divisor below that of quality `FINEST`."""
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
        tables = JpegTables.of(image)
    assert tables
    return tables


def _flipped(table: Table) -> Table:
    return tuple(table[SIDE * column + row] for row in range(SIDE) for column in range(SIDE))
