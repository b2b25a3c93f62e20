"""`python -m ml bench`: makes all measurements in one run, and writes the report."""

import json
import tempfile
from importlib.util import find_spec
from pathlib import Path

from ml.bench import (
    bench_tables,
    drawn_photos,
    machine,
    serving,
    training_input,
    training_step,
)
from ml.errors import OperatorError
from ml.serving import card

RUNTIMES = ("onnxruntime", "openvino", "tf2onnx")
TRAINING_PICTURES, SERVED_PHOTOS = 512, 24
MEGABYTE = 1_000_000


def bench(model: Path, data: Path, target: Path) -> None:
    """Measure on this machine; write the figures (JSON) and tables beside them (Markdown).

    Args:
        model: a model folder.
        data: folder with HAM10000 and UDA-1; without them, pictures are drawn.
        target: the JSON file.

    Raises:
        OperatorError: a package is not installed.
    """
    missing = [name for name in RUNTIMES if not find_spec(name)]
    if missing:
        raise OperatorError(f"{', '.join(missing)} cannot be imported: run `make bench`.")
    pictures = drawn_photos.read(data / "ham10000_300x225.zip", TRAINING_PICTURES, (300, 225))
    served = drawn_photos.read(data / "isic_uda1_512.zip", SERVED_PHOTOS, (512, 384))
    with tempfile.TemporaryDirectory() as scratch:
        figures = {
            "machine": machine.describe(),
            "model": {
                "version": model.name,
                "megabytes": (model / card.LITERT).stat().st_size / MEGABYTE,
            },
            "training": training_input.measure(pictures, Path(scratch)),
            "training_step": training_step.measure(),
            "serving": serving.measure(served, model, Path(scratch)),
        }
    target.write_text(json.dumps(figures, indent=2) + "\n")
    target.with_suffix(".md").write_text(bench_tables.table(figures))
