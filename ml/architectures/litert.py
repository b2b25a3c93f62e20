"""Write a network as a Keras file and as a LiteRT file."""

import zipfile
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf


def write_keras(model: keras.Model, path: Path) -> None:
    """Save the model; Keras stores without compression, a zip's own halves the size."""
    plain = path.with_suffix(".plain.keras")
    model.save(plain)
    with (
        zipfile.ZipFile(plain) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target,
    ):
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
    plain.unlink()


def write_litert(model: keras.Model, path: Path) -> None:
    """Convert the model to LiteRT with 16-bit weights; it computes in 32 bits."""
    convert(tf.lite.TFLiteConverter.from_keras_model(model), path)


def convert(converter: Any, path: Path) -> None:
    """Write what a converter makes, with 16-bit weights."""
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    path.write_bytes(converter.convert())
