"""The measurements of a model's saliency maps, from which docs/results.md is written."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ml.evaluation.json_record import JsonRecord
from ml.serving.card import Interval


@dataclass(frozen=True)
class MapScores:
    """The scores of a way to draw maps. A control ignores the photo, and its `runtime` is empty."""

    name: str
    runtime: str
    milliseconds: float  # median for a photo
    # mean log-odds of melanoma while the strongest places are painted over: lower is better
    deletion: Interval
    insertion: Interval  # the same while the places are restored: higher is better
    gain: Interval  # insertion minus deletion
    inside: Interval  # share of the evidence for melanoma that lies on the lesion


@dataclass(frozen=True)
class Randomised:
    """How similar the chosen map is to maps of the same network with shuffled weights."""

    weights: str
    pearson: Interval
    spearman: Interval
    absolute: Interval  # mean absolute Spearman correlation


@dataclass(frozen=True)
class Inside:
    """The share of the evidence on the lesion, compared with maps that ignore the photo."""

    photos: str
    count: int
    empty: int  # photos without any evidence for melanoma, which are left out
    chosen: Interval
    gaussian: Interval
    uniform: Interval


@dataclass(frozen=True)
class Explanations(JsonRecord):
    """The record. `sample` describes the photos on which maps are compared.

    `sanity` describes the photos and the random orders of weights of the sanity check.
    """

    version: str
    sample: str
    sanity: str
    milliseconds: tuple[float, float]  # for an answer, and for its map
    measured: tuple[MapScores, ...]
    randomised: tuple[Randomised, ...]
    inside: tuple[Inside, ...]
    split: str = "test"  # the split on which `inside` was measured

    @classmethod
    def read(cls, path: Path) -> Self:
        raw: dict[str, Any] = json.loads(path.read_text())
        kinds = {"measured": MapScores, "randomised": Randomised, "inside": Inside}
        rows = {
            name: tuple(kind(**_intervals(row)) for row in raw[name])
            for name, kind in kinds.items()
        }
        return cls(**raw | rows | {"milliseconds": tuple(raw["milliseconds"])})


def _intervals(row: dict[str, Any]) -> dict[str, Any]:
    return {k: Interval(**v) if isinstance(v, dict) else v for k, v in row.items()}
