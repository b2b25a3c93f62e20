"""A network without weights, and photos that it can outline."""

from PIL import Image, ImageDraw

from ml.segmentation.grid import HEIGHT, WIDTH
from ml.segmentation.outline_card import Limits, OutlineCard
from ml.serving.card import Source

CARD = OutlineCard(
    *("drawn-1", "2026-11-25", "none", {}, Source("", "", "", {}), HEIGHT, WIDTH),
    Limits(min_confidence=0.3, min_area=0.003, several=0.3),
)


class SeesDarkness:
    """A network that takes all dark pixels for the lesion."""

    def logits(self, view):
        return (120 - view.mean(-1)) / 10


def photo(size, *spots):
    """Return light skin with elliptical spots. x, y and radius are shares of width and height."""
    image = Image.new("RGB", size, (220, 170, 160))
    pen = ImageDraw.Draw(image)
    for x, y, radius in spots:
        left, top = (x - radius) * size[0], (y - radius) * size[1]
        pen.ellipse((left, top, (x + radius) * size[0], (y + radius) * size[1]), (70, 50, 40))
    return image
