"""`python -m ml.bench.training_step VARIANT`: measures training steps under one setting.

Each variant runs in a process of its own, since most settings are read when TensorFlow starts. The
process prints one line of JSON.
"""

import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from ml.architectures import classifier_network, efficientnet
from ml.labels import DIAGNOSES
from ml.preprocessing.network_input import HEIGHT, WIDTH

WARM, STEPS = 3, 12


class Variant(NamedTuple):
    """A setting. The defaults are those of `train`."""

    batch: int = 32
    frozen: int = 0  # number of first blocks whose weights are frozen
    environment: tuple[tuple[str, str], ...] = ()


VARIANTS = {
    "as_train": Variant(),
    "one_thread": Variant(
        environment=(("TF_NUM_INTRAOP_THREADS", "1"), ("TF_NUM_INTEROP_THREADS", "1"))
    ),
    "without_onednn": Variant(environment=(("TF_ENABLE_ONEDNN_OPTS", "0"),)),
    "batch_64": Variant(batch=64),
    "batch_128": Variant(batch=128),
    "jax": Variant(environment=(("KERAS_BACKEND", "jax"),)),
    "five_blocks_frozen": Variant(frozen=5),
}


def measure() -> dict[str, dict[str, float]]:
    """Return images a second and ms of processor time for an image, by variant.

    JAX is left out if it is not installed.
    """
    names = [name for name in VARIANTS if name != "jax" or find_spec("jax")]
    return {name: _in_own_process(name) for name in tqdm(names, "training steps", unit="variant")}


def _in_own_process(name: str) -> dict[str, float]:
    settings = {"TF_CPP_MIN_LOG_LEVEL": "3", **dict(VARIANTS[name].environment)}
    command = [sys.executable, "-m", "ml.bench.training_step", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=os.environ | settings, check=True)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def run(variant: Variant, steps: int = STEPS) -> dict[str, float]:
    """Return the figures of `steps` steps with a batch in memory, after a warm-up."""
    model = _compiled(variant.frozen)
    pictures = np.zeros((variant.batch, HEIGHT, WIDTH, 3), np.float32)
    targets = np.eye(len(DIAGNOSES), dtype=np.float32)[np.arange(variant.batch) % len(DIAGNOSES)]
    for _ in range(WARM):
        model.train_on_batch(pictures, targets)
    begin, worked = time.perf_counter(), time.process_time()
    for _ in range(steps):
        model.train_on_batch(pictures, targets)
    images = steps * variant.batch
    return {
        "images_per_s": images / (time.perf_counter() - begin),
        "core_ms": 1000 * (time.process_time() - worked) / images,
    }


def _compiled(frozen: int) -> Any:
    import keras

    model = classifier_network.with_head(
        efficientnet.build(HEIGHT, WIDTH, folded=True), dropout=0.3
    )
    classifier_network.freeze(model, frozen)
    model.compile(
        keras.optimizers.AdamW(use_ema=True),
        keras.losses.CategoricalCrossentropy(from_logits=True),
        # JAX always compiles. With TensorFlow, `train` does not.
        jit_compile=keras.backend.backend() == "jax",
    )
    return model


if __name__ == "__main__":
    print(json.dumps(run(VARIANTS[sys.argv[1]])))
