"""JPEG files to measure with, drawn if there are no real ones."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from ml.data import picture_files


def read(archive: Path, count: int, size: tuple[int, int]) -> list[bytes]:
    """Return `count` JPEG files, evenly spaced in a zip.

    If there is no zip, the files are drawn. `size` is their width and height.
    """
    if not archive.exists():
        return [drawn(seed, size) for seed in range(count)]
    names = [name for name in picture_files.list_names(archive) if name.endswith(".jpg")]
    chosen = [names[n * len(names) // count] for n in range(count)]
    return [picture.stream.read() for picture in picture_files.read_pictures(archive, chosen)]


def drawn(seed: int, size: tuple[int, int]) -> bytes:
    """Return a dark spot on light skin as JPEG. Grain makes the file about as big as a photo's."""
    generator = np.random.default_rng(seed)
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in size[::-1]), indexing="ij")
    wide, high = generator.uniform(0.3, 0.6, 2)
    depth = 1 / (1 + np.exp(((x / wide) ** 2 + (y / high) ** 2 - 1) * 4))[..., None]
    pixels = np.array([215, 170, 155]) - depth * np.array([110, 105, 100])
    pixels += generator.normal(0, 8, pixels.shape)
    stream = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=90)
    return stream.getvalue()
