"""`python -m ml benefit`: do the features detect melanoma, alone and together with the network?"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ml.data.cache import Dataset
from ml.evaluation import metrics, score_table
from ml.evaluation.json_record import JsonRecord
from ml.features.studies.feature_table import NAMES, Table
from ml.serving.card import Interval
from ml.serving.odds import log_odds

STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # inverse penalties on the features
SHOWN = ("auroc", "average_precision", "sensitivity_at_80_specificity")


@dataclass(frozen=True)
class Benefit(JsonRecord):
    """The figures on the `test` split, and the coefficients of the standardised features."""

    lesions: dict[str, int]
    strength: float
    coefficients: dict[str, float]
    weights: tuple[float, float]  # coefficients of network and features in the combination
    figures: dict[str, dict[str, Interval]]
    gain: Interval  # AUROC of the combination minus the network's

    @classmethod
    def read(cls, path: Path) -> Self:
        raw: dict[str, Any] = json.loads(path.read_text())
        figures = {
            way: {name: Interval(**entry) for name, entry in entries.items()}
            for way, entries in raw["figures"].items()
        }
        changed = {"figures": figures, "gain": Interval(**raw["gain"])}
        return cls(**raw | changed | {"weights": tuple(raw["weights"])})


def measure(data: Dataset, tables: dict[str, Table], model: Path) -> Benefit:
    """Return the figures of the features, the network and their combination on the `test` split.

    The regression of the features is fitted to the `train` split, and its penalty is chosen on the
    `valid` split. A network's scores of its own training photos are too good, so the combination of
    the two log-odds is fitted only to the `valid` split. Photos that the network refused are left
    out.

    Args:
        data: the data set of the tables.
        tables: the features of the splits `train`, `valid` and `test`.
        model: a model folder with its table of scores.
    """
    melanoma = dict(zip(data.image_ids, data.melanoma, strict=True))
    truth = {
        split: np.array([melanoma[name] for name in table.image_ids])
        for split, table in tables.items()
    }
    values = {split: table.values for split, table in tables.items()}
    strength, alone = _chosen(values, truth)
    network = _network_odds(model)
    both = {}
    for split in ("valid", "test"):
        names = tables[split].image_ids
        rows = [row for row, name in enumerate(names) if name in network]
        odds = [network[names[row]] for row in rows]
        both[split] = np.stack([odds, alone.decision_function(values[split][rows])], 1)
        truth[split] = truth[split][rows]
    combined = make_pipeline(StandardScaler(), LogisticRegression())
    combined.fit(both["valid"], truth["valid"])
    by_way = {
        "measures alone": both["test"][:, 1],
        "network alone": both["test"][:, 0],
        "both": combined.decision_function(both["test"]),
    }
    return Benefit(
        lesions={split: len(answer) for split, answer in truth.items()},
        strength=strength,
        coefficients=dict(zip(NAMES, np.round(alone[-1].coef_[0], 3).tolist(), strict=True)),
        weights=tuple(np.round(combined[-1].coef_[0], 3).tolist()),
        figures={way: _figures(truth["test"], odds) for way, odds in by_way.items()},
        gain=_gain(truth["test"], by_way["both"], by_way["network alone"]),
    )


def _chosen(values: dict[str, np.ndarray], truth: dict[str, np.ndarray]) -> tuple[float, Any]:
    """Return the inverse penalty of the model that is best on the `valid` split, and the model."""
    fitted = {c: _fit(values["train"], truth["train"], c) for c in STRENGTHS}
    areas = {
        c: roc_auc_score(truth["valid"], model.decision_function(values["valid"]))
        for c, model in fitted.items()
    }
    best = max(areas, key=lambda c: areas[c])
    return best, fitted[best]


def _fit(values: np.ndarray, truth: np.ndarray, strength: float) -> Any:
    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=1000)
    return make_pipeline(StandardScaler(), model).fit(values, truth)


def _network_odds(model: Path) -> dict[str, float]:
    return {
        score.image_id: float(log_odds(np.array(score.probability)))
        for score in score_table.read(model)
        if score.probability is not None
    }


def _figures(truth: np.ndarray, odds: np.ndarray) -> dict[str, Interval]:
    measured = metrics.measure(truth, 1 / (1 + np.exp(-odds)), 0.5)
    return {name: measured[name] for name in SHOWN}


def _gain(truth: np.ndarray, both: np.ndarray, network: np.ndarray) -> Interval:
    generator = np.random.default_rng(0)
    classes = np.flatnonzero(truth), np.flatnonzero(~truth)
    drawn = []
    for _ in range(metrics.ROUNDS):
        rows = np.concatenate([generator.choice(members, len(members)) for members in classes])
        areas = [roc_auc_score(truth[rows], odds[rows]) for odds in (both, network)]
        drawn.append(areas[0] - areas[1])
    gain = roc_auc_score(truth, both) - roc_auc_score(truth, network)
    return Interval(*(round(float(v), 4) for v in (gain, *np.percentile(drawn, (2.5, 97.5)))))
