"""Measures a model on each subgroup of people and lesions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ml.evaluation import bootstrap, metrics
from ml.evaluation.kind_report import Answers
from ml.evaluation.subgroups.factors import FACTORS, Row
from ml.serving.card import Interval
from ml.serving.shares import Share

# With fewer photos, a share or an AUROC means little, so it is left out.
FEWEST = 10


@dataclass(frozen=True)
class Subgroup:
    """The model's figures, see `measure`, on photos of one kind that share a property."""

    kind: str
    factor: str
    value: str
    images: int
    melanomas: int
    cancers: int
    flagged: Share | None  # share of cancers that are flagged; None without cancers
    figures: dict[str, Interval]


def measure(
    kind: str, answers: Answers, sources: np.ndarray, rows: list[Row]
) -> Iterator[Subgroup]:
    """Yield the subgroups of photos of one kind: each source, and each value in the tables.

    The figures have 95 % bootstrap intervals over lesions or patients: `melanoma_auroc`,
    `cancer_auroc`, `cancer_flagged` and `benign_flagged` (urgent or soon) and `refused`. A refused
    photo counts as not flagged, and is left out of AUROC. Figures and subgroups with fewer than
    `FEWEST` photos (AUROC: in either class) are left out.

    Args:
        kind: the kind of all the photos.
        answers: what people would read for n photos, and the truth.
        sources: name of each photo's source, (n,).
        rows: the tables' facts about each of the n photos.
    """
    factors = {"source": sources} | {
        name: np.array([value_of(row) for row in rows]) for name, value_of in FACTORS.items()
    }
    for factor, values in factors.items():
        for value in sorted({*values.tolist()} - {""}):
            members = np.flatnonzero(values == value)
            if len(members) >= FEWEST:
                yield _subgroup((kind, factor, value), answers.take(members))


def _subgroup(name: tuple[str, str, str], answers: Answers) -> Subgroup:
    melanoma, cancer = answers.is_melanoma, answers.is_cancer
    figures = bootstrap.intervals(_figures(answers), answers.groups, answers.diagnoses)
    counts = len(cancer), int(melanoma.sum()), int(cancer.sum())
    flagged = share(answers.is_flagged[cancer], answers.groups[cancer])
    return Subgroup(*name, *counts, flagged, figures)


def share(hits: np.ndarray, groups: np.ndarray) -> Share | None:
    """Return the share of hits among photos, with counts, or None without photos."""
    if not len(hits):
        return None
    return Share(int(hits.sum()), len(hits), len(np.unique(groups)))


def _figures(answers: Answers) -> Callable[[np.ndarray], dict[str, float]]:
    cancer, flagged = answers.is_cancer, answers.is_flagged
    refused = answers.reasons.astype(bool)
    classes = {"cancer_flagged": cancer, "benign_flagged": ~cancer}
    truths = {"melanoma": answers.is_melanoma, "cancer": cancer}
    scores = {"melanoma": answers.melanoma, "cancer": answers.cancer}

    def figures(rows: np.ndarray) -> dict[str, float]:
        scored = rows[~refused[rows]]
        result = {
            f"{name}_auroc": metrics.auroc(truth[scored], scores[name][scored])
            for name, truth in truths.items()
            if _has_enough(truth[~refused]) and _has_enough(~truth[~refused])
        }
        shares = {name: rows[truth[rows]] for name, truth in classes.items() if _has_enough(truth)}
        result |= {name: float(flagged[members].mean()) for name, members in shares.items()}
        return result | {"refused": float(refused[rows].mean())}

    return figures


def _has_enough(members: np.ndarray) -> bool:
    return int(members.sum()) >= FEWEST
