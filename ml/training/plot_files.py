"""Writes plots as PNG files."""

from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

COLOURS = 64


def write(figure: Figure, path: Path, dpi: int = 110) -> None:
    """Write a plot with few colours, so that the file, which is committed, is a third as large."""
    buffer = BytesIO()
    figure.savefig(buffer, dpi=dpi)
    with Image.open(buffer) as drawn:
        few = drawn.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, "PNG", optimize=True)
