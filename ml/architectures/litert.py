"""Writes a network as a Keras file and as a LiteRT file."""

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter


def write_keras(model: keras.Model, path: Path) -> None:
    """Save the model compressed, which halves its size; Keras itself does not compress."""
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
    """Convert the model to LiteRT with 16-bit weights. It computes in 32 bits."""
    convert(tf.lite.TFLiteConverter.from_keras_model(model), path)


def convert(converter: Any, path: Path) -> None:
    """Write the converter's output, with 16-bit weights."""
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    path.write_bytes(converter.convert())


def runner(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that runs a model with one output in LiteRT, which is faster than Keras."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        write_litert(model, path)
        run = Interpreter(model_content=path.read_bytes()).get_signature_runner()

    def score(pixels: np.ndarray) -> np.ndarray:
        (output,) = run(rgb=pixels.astype(np.float32)).values()
        return np.asarray(output)

    return score
