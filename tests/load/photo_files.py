"""Photos to measure with: a drawn spot, sharp at every size, with the grain of a camera."""

import io

import numpy as np
from PIL import Image

from tests.pictures import dermoscopy_like

GRAIN = 6.0


def drawn(seed: int, size: tuple[int, int]) -> bytes:
    """Return a JPEG file with about as many bytes as a phone's photo of the same size."""
    spot = np.asarray(dermoscopy_like(seed, size), np.float32)
    pixels = spot + np.random.default_rng(seed).normal(0, GRAIN, spot.shape)
    stream = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=90)
    return stream.getvalue()
