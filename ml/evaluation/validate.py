"""`python -m ml validate`: measures networks by source, without reading a test split."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from ml.architectures import classifier_network
from ml.data import run_settings
from ml.data.cache import Dataset
from ml.errors import OperatorError
from ml.evaluation import markdown, valid_auroc
from ml.labels import outputs
from ml.preprocessing import network_input
from ml.serving import odds

BATCH = 64
LOOKING = {"once": (1.0,), "mirrored": network_input.MIRRORED, "at-scales": network_input.SCALES}
LEAST = 1e-9


@dataclass(frozen=True)
class Validation:
    """AUROC by source and kind of photo, of one network or of the average of several."""

    title: str
    looking: str
    splits: tuple[str, ...]
    aurocs: dict[str, dict[str, float]]  # "source, kind" -> "melanoma", "cancer"

    @property
    def mean(self) -> float:
        """The mean over sources and kinds, each with the same weight."""
        return float(np.mean([np.mean([*figures.values()]) for figures in self.aurocs.values()]))


def measure(
    data: Dataset, files: Sequence[Path], title: str, looking: str, splits: Sequence[str]
) -> Validation:
    """Return the AUROCs of networks on splits of a data set.

    Args:
        data: the pictures. If the networks were trained without a source, its `train` may be
            used, too.
        files: .keras files, whose probabilities are averaged.
        title: what was tried.
        looking: the copies of a picture to average over, a name in `LOOKING`.
        splits: `train`, `valid` or both.

    Raises:
        OperatorError: a file is missing, no picture or too few pictures are selected, or a
            network may have been trained on them.
    """
    if missing := [str(file) for file in files if not file.is_file()]:
        raise OperatorError(f"{missing[0]} is not there: give .keras files of trained networks.")
    rows = np.flatnonzero(np.isin(data.splits, splits))
    if not len(rows):
        raise OperatorError(
            f"The cache has no {' or '.join(splits)} picture of this source: "
            "`python -m ml prepare` prints the sources."
        )
    if "train" in splits:
        for file, source in product(files, np.unique(data.sources[data.rows("train")]).tolist()):
            run_settings.require_left_out(file.parent, source)
    selected = data.take(rows)
    valid_auroc.require_figures(selected)
    networks = [classifier_network.read(file) for file in files]
    answers = [logits(network, selected.pixels, LOOKING[looking]) for network in networks]
    averaged = np.log(np.maximum(np.mean([odds.softmax(answer) for answer in answers], 0), LEAST))
    by_source = valid_auroc.aurocs(selected, averaged)
    return Validation(
        title,
        looking,
        tuple(splits),
        {", ".join(name): {k: round(v, 4) for k, v in f.items()} for name, f in by_source.items()},
    )


def logits(network: keras.Model, pixels: np.ndarray, zooms: Sequence[float]) -> np.ndarray:
    """Return a network's logits (n, 8) for standard views, averaged over the copies of each."""
    parts = tqdm(np.array_split(pixels, len(pixels) // BATCH + 1), "measuring")
    return np.concatenate([_averaged(network, part, zooms) for part in parts])


def _averaged(network: keras.Model, pixels: np.ndarray, zooms: Sequence[float]) -> np.ndarray:
    """Return logits (n, 8), the mean over the copies of each view."""
    inputs = np.stack([network_input.averaged(view, zooms) for view in pixels], axis=1)
    mean_logits = np.mean([network.predict_on_batch(batch) for batch in inputs], axis=0)
    return odds.in_order(mean_logits, outputs(mean_logits.shape[-1]))


def append(result: Validation, record: Path) -> None:
    """Append to a record of validations, one JSON object a line."""
    record.parent.mkdir(parents=True, exist_ok=True)
    with record.open("a") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def read(record: Path) -> list[Validation]:
    """Return all validations, in the order in which they were measured."""
    return [Validation(**json.loads(line)) for line in record.read_text().splitlines()]


def chapter(record: Path) -> str:
    """Return the chapter of docs/results.md, in Markdown."""
    results = read(record)
    names = list(dict.fromkeys(name for result in results for name in result.aurocs))
    rows = [
        [
            result.title,
            " and ".join(result.splits),
            f"{result.mean:.3f}",
            *(_cell(result, n) for n in names),
        ]
        for result in results
    ]
    table = markdown.table(["what was tried", "splits", "mean", *names], rows)
    return f"## What was tried, by source\n\n{INTRODUCTION}\n\n{table}"


INTRODUCTION = (
    "Each cell has two AUROCs: of melanoma / of cancer. No network was trained on the pictures "
    "that it was measured on, and no test split was used. In `mean`, each source and kind of photo "
    "has the same weight. A dash means that the source was not measured, or has fewer than five "
    "pictures of either class."
)


def _cell(result: Validation, name: str) -> str:
    figures = result.aurocs.get(name, {})
    cells = [f"{figures[k]:.3f}" if k in figures else "–" for k in ("melanoma", "cancer")]
    return " / ".join(cells)
