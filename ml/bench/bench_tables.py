"""Writes the figures as tables, and states which promises about speed are kept."""

from typing import Any, NamedTuple

WAYS = {
    "worker_pool": "The worker, one process per core: decode, gate, four views",
    "worker_pool_one_view": "The same with one view instead of four",
    "worker": "One process of the worker",
    "worker_one_view": "The same with one view instead of four",
    "keras_predict": "keras.Model.predict: decode, one view",
    "keras_predict_four_views": "keras.Model.predict: decode, four views",
    "worker_decoded": "One process of the worker, from decoded photos",
    "litert_four_views": "LiteRT alone, four views, one thread",
    "litert": "LiteRT alone, one view, one thread",
    "onnx_runtime": "ONNX Runtime alone, one view, one thread",
    "openvino": "OpenVINO alone, one view, one thread",
    "keras": "keras.Model.predict alone, one view, one thread",
}
INPUTS = {
    "ours": "Our pipeline",
    "ours_one_core": "Our pipeline on one core",
    "ours_kept": "Our pipeline from the second epoch on, decoded pictures kept",
    "legacy": "ImageDataGenerator",
    "network_alone": "A training step of the network, batch in memory",
    "network_and_ours": "A training step of the network, our pipeline",
    "network_and_ours_kept": "A training step of the network, decoded pictures kept",
}
STEPS = {
    "as_train": "As `train` does: batches of 32, all threads, oneDNN",
    "one_thread": "One thread",
    "without_onednn": "Without oneDNN",
    "batch_64": "Batches of 64",
    "batch_128": "Batches of 128",
    "jax": "JAX instead of TensorFlow",
    "five_blocks_frozen": "The first five blocks frozen, as for the served network",
}
SAME = 1e-3
# The promised factors, and the promised limits of an answer's time and of the served file's size.
INPUT, THROUGHPUT, OVERHEAD = 4, 10, 1.3
MOST_MS, MOST_MEGABYTES = 36, 20
SPEED = ("images_per_s", "p50_ms", "p95_ms", "core_ms", "startup_s")
# Limits of a ratio: the network's training rate with our pipeline, divided by the rate with a batch
# in memory. From the first limit on, the promise is kept. A ratio above the second limit proves
# nothing: another program was running.
SHARES = (0.9, 1.1)


class Promise(NamedTuple):
    """A promised figure, the measured figure, and whether the promise is kept."""

    text: str
    measured: str
    kept: bool


def promises(figures: dict[str, Any]) -> list[Promise]:
    """Return each promise about speed with its result."""
    training, serving = figures["training"], figures["serving"]
    return [
        _input(training, "ours", "decoded anew in each epoch"),
        _input(training, "ours_kept", "decoded once, as `prepare` does"),
        _throughput(serving, "worker_pool_one_view", "keras_predict", "one view on both sides"),
        _throughput(serving, "worker_pool", "keras_predict_four_views", "four views on both sides"),
        _throughput(
            serving, "worker_pool", "keras_predict", "four views against one view of Keras"
        ),
        _overhead(serving),
        _cost(serving),
        _size(figures["model"]),
        _agreement(serving),
    ]


def _input(training: dict[str, float], ours: str, decoded: str) -> Promise:
    times = training[ours] / training["legacy"]
    share = training[f"network_and_{ours}"] / training["network_alone"]
    return Promise(
        f"Training input: {INPUT} x ImageDataGenerator's images/s, or 90 % of those that the "
        f"network can use; photos are {decoded}",
        f"{times:.1f} x, {share:.0%}",
        times >= INPUT or SHARES[0] <= share <= SHARES[1],
    )


def _throughput(serving: dict[str, Any], ours: str, other: str, views: str) -> Promise:
    times = serving[ours]["images_per_s"] / serving[other]["images_per_s"]
    text = f"Worker: {THROUGHPUT} x the images/s of keras.Model.predict, {views}"
    return Promise(text, f"{times:.1f} x", times >= THROUGHPUT)


def _overhead(serving: dict[str, Any]) -> Promise:
    times = serving["worker_decoded"]["p50_ms"] / serving["litert_four_views"]["p50_ms"]
    text = f"Worker without decoding: at most {OVERHEAD} x the time of LiteRT alone"
    return Promise(text, f"{times:.2f} x", times <= OVERHEAD)


def _cost(serving: dict[str, Any]) -> Promise:
    spent = serving["worker"]["core_ms"]
    text = f"An answer for a photo of 512 px: at most {MOST_MS} ms of one core"
    return Promise(text, f"{spent:.1f} ms", spent <= MOST_MS)


def _size(model: dict[str, Any]) -> Promise:
    text = f"Served file: at most {MOST_MEGABYTES} MB"
    return Promise(text, f"{model['megabytes']:.1f} MB", model["megabytes"] <= MOST_MEGABYTES)


def _agreement(serving: dict[str, Any]) -> Promise:
    worst = max(figures["max_difference"] or 0 for figures in serving.values())
    text = f"Every runtime: probabilities within {SAME} of Keras's"
    return Promise(text, f"{worst:.1e}", worst <= SAME)


def table(figures: dict[str, Any]) -> str:
    """Return the report in Markdown."""
    machine = figures["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    parts = [
        "# Speed",
        "Written by `make bench`. The figures of this run are in the JSON file beside this page.",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, load "
        f"{machine['load_before']} before the run; {machine['system']}, Python "
        f"{machine['python']}, {packages}.",
        f"The model is {figures['model']['version']}.",
        "## Promises",
        "The second figure of training input is the network's training rate with our pipeline, "
        "relative to its rate with a batch in memory. A share above "
        f"{SHARES[1]:.0%} proves nothing: another program was running.",
        _rows("| promise | measured | kept |", map(_promise, promises(figures))),
        "## Training input",
        _rows(
            "| 200 x 150 px, the write-up's augmentation | images/s |",
            ([INPUTS[name], f"{rate:.0f}"] for name, rate in figures["training"].items()),
        ),
        "## A training step, by setting",
        _rows(
            "| batch in memory | images/s | ms of CPU per image |",
            (
                [STEPS[name], f"{step['images_per_s']:.1f}", f"{step['core_ms']:.0f}"]
                for name, step in figures["training_step"].items()
            ),
        ),
        "## Serving, one image at a time",
        "The error is the largest difference between a probability and that of Keras.",
        _rows(
            "| | images/s | p50 ms | p95 ms | ms of CPU | start-up s | peak MiB | error |",
            ([WAYS[name], *_cells(way)] for name, way in figures["serving"].items()),
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _promise(promise: Promise) -> list[str]:
    return [promise.text, promise.measured, "yes" if promise.kept else "no"]


def _cells(way: dict[str, Any]) -> list[str]:
    off = way["max_difference"]
    speed = [f"{way[name]:.1f}" for name in SPEED]
    return [*speed, str(way["peak_mib"]), "-" if off is None else f"{off:.1e}"]


def _rows(header: str, rows: Any) -> str:
    rule = "|" + " --- |" * (header.count("|") - 1)
    return "\n".join([header, rule, *("| " + " | ".join(row) + " |" for row in rows)])
