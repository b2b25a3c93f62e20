"""Measures each runtime on the same photos, one runtime after the other."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from ml.bench.runtimes import RUNTIMES

Figures = dict[str, float | int | None]
Result = dict[str, Any]  # the fields that `runtimes.run` returns

# Celery's default: a process for each core. All other runtimes are one process.
POOLS = {"worker_pool": "worker", "worker_pool_one_view": "worker_one_view"}

# These are compared with Keras on the same four views, all others with Keras on one view.
FOUR_VIEWS = {
    "worker_pool",
    "worker",
    "worker_decoded",
    "litert_four_views",
    "keras_predict_four_views",
}


def measure(served: list[bytes], model: Path, scratch: Path) -> dict[str, Figures]:
    """Return images a second, latency, start-up time, memory and error of each runtime."""
    photos, exports = scratch / "photos", scratch / "exports"
    photos.mkdir()
    for n, photo in enumerate(served):
        (photos / f"{n:03}.jpg").write_bytes(photo)
    export(model, exports)
    cores = os.cpu_count() or 1
    results = {
        pool: _run(name, photos, model, exports, cores)
        for pool, name in tqdm(POOLS.items(), "serving on all cores", unit="runtime")
    }
    for name in tqdm(RUNTIMES, "serving", unit="runtime"):
        results[name] = _run(name, photos, model, exports)
    return {name: _figures(result, results[_reference(name)]) for name, result in results.items()}


def export(model: Path, exports: Path) -> None:
    """Convert the model's Keras file for ONNX Runtime and for OpenVINO."""
    import keras

    exports.mkdir()
    network = keras.saving.load_model(model / "model.keras")
    # Keras can export a model to ONNX only after a call of the model.
    network(np.zeros((1, *network.input_shape[1:]), np.float32))
    network.export(str(exports / "model.onnx"), format="onnx", verbose=False)
    network.export(str(exports / "model.xml"), format="openvino", verbose=False)


def _run(name: str, photos: Path, model: Path, exports: Path, count: int = 1) -> list[Result]:
    """Return the results of `count` processes that run at the same time."""
    command = [sys.executable, "-m", "ml.bench.runtimes", name]
    command += [str(path) for path in (photos, model, exports)]
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(_wait_for, [command] * count))


def _wait_for(command: list[str]) -> Result:
    done = subprocess.run(
        [*command, str(time.monotonic())],
        stdout=subprocess.PIPE,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"},
        check=True,
    )
    result: Result = json.loads(done.stdout.splitlines()[-1])
    return result


def _reference(name: str) -> str:
    return "keras_predict_four_views" if name in FOUR_VIEWS else "keras"


def _figures(results: list[Result], references: list[Result]) -> Figures:
    seconds, worked = (
        [value for result in results for value in result[name]]
        for name in ("seconds", "core_seconds")
    )
    first, reference = results[0]["probabilities"], references[0]["probabilities"]
    return {
        "images_per_s": len(results) * len(seconds) / sum(seconds),
        "p50_ms": 1000 * float(np.percentile(seconds, 50)),
        "p95_ms": 1000 * float(np.percentile(seconds, 95)),
        # Other programs' use of the processor is not included.
        "core_ms": 1000 * float(np.percentile(worked, 50)),
        "startup_s": max(result["startup_s"] for result in results),
        "peak_mib": sum(result["peak_mib"] for result in results),
        "max_difference": max_difference(first, reference),
    }


def max_difference(ours: list[float | None], references: list[float | None]) -> float | None:
    """Return the largest absolute difference of probabilities, or None if all were refused."""
    pairs = zip(ours, references, strict=True)
    return max((abs(p - q) for p, q in pairs if p is not None and q is not None), default=None)
