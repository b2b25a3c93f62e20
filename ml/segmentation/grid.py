"""Input of the outline network: the standard view on a smaller grid."""

import numpy as np
from PIL import Image

HEIGHT, WIDTH = 144, 192


def on_grid(pixels: np.ndarray) -> np.ndarray:
    """Return a picture, RGB uint8, squeezed to the network's size, (144, 192, 3)."""
    return np.asarray(Image.fromarray(pixels).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))
