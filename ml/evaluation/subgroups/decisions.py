"""What a model's answers are worth for the decision to see a doctor."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ml.evaluation import bootstrap
from ml.evaluation.kind_report import Answers
from ml.evaluation.scored_photos import Scored
from ml.serving import odds
from ml.serving.card import Interval, KindCard

# Of the photos that can be read; the others, nearest to a threshold, are left to a clinician.
ANSWERED = (1.0, 0.9, 0.8, 0.7, 0.5)
# How many cancers a person would want among as many visits: one in a hundred, one in ten.
WANTED = (0.01, 0.1)
# Of all photos, that are cancer or its forerunner.
SHARES = (0.01, 0.1)
PHOTOS = 100


@dataclass(frozen=True)
class Selective:
    """Who is told to see a doctor where the surest answers alone are given."""

    kind: str
    answered: float  # share of the photos that can be read
    figures: dict[str, Interval]  # `cancer_flagged` and `benign_flagged`, of those answered


@dataclass(frozen=True)
class NetBenefit:
    """Cancers found less visits for nothing, per 100 photos; sending nobody to a doctor is 0.

    Vickers and Elkin, "Decision curve analysis", Medical Decision Making 26, 565 (2006): a visit
    for nothing costs `wanted` / (1 - `wanted`) of a cancer found.
    """

    kind: str
    share: float  # of all photos, that are cancer or its forerunner
    wanted: float  # the probability from which a person wants to see a doctor
    everyone: float  # where everybody goes
    figures: dict[str, Interval]  # `tiers`: who is told urgent or soon goes; `figure`: from it on


def selective(kind: str, scored: Scored, answers: Answers, table: KindCard) -> Iterator[Selective]:
    """Yield what comes of answering fewer photos, those farthest from the thresholds first."""
    read = np.flatnonzero(~answers.reasons.astype(bool))
    surest = read[np.argsort(-_certainty(scored, answers, table)[read], kind="stable")]
    for share in ANSWERED:
        members = answers.take(surest[: round(share * len(surest))])
        figures = bootstrap.intervals(_flagged(members), members.groups, members.diagnoses)
        yield Selective(kind, share, figures)


def _certainty(scored: Scored, answers: Answers, table: KindCard) -> np.ndarray:
    """Return how far each photo is from being told to see a doctor, or not to, in log-odds."""
    above = [
        odds.log_odds(figure) - odds.log_odds(np.array(threshold.value))
        for figure, threshold in ((scored.urgency, table.urgent), (answers.cancer, table.soon))
    ]
    certainty: np.ndarray = np.abs(np.maximum(*above))
    return certainty


def _flagged(answers: Answers) -> Callable[[np.ndarray], dict[str, float]]:
    cancer, flagged = answers.is_cancer, answers.is_flagged
    return lambda rows: {
        "cancer_flagged": _mean(flagged[rows][cancer[rows]]),
        "benign_flagged": _mean(flagged[rows][~cancer[rows]]),
    }


def net_benefits(kind: str, answers: Answers, table: KindCard) -> Iterator[NetBenefit]:
    """Yield the net benefit for each share of cancers, and each wish of a person."""
    cancer = answers.is_cancer
    for share in SHARES:
        for wanted in WANTED:
            visit = wanted / (1 - wanted)
            goes = {
                "tiers": answers.is_flagged,
                "figure": _rebased(answers, table.share, share) >= wanted,
            }
            worth = _worth(goes, cancer, share, visit)
            everyone = round(PHOTOS * (share - (1 - share) * visit), bootstrap.DIGITS)
            figures = bootstrap.intervals(worth, answers.groups, answers.diagnoses)
            yield NetBenefit(kind, share, wanted, everyone, figures)


def _rebased(answers: Answers, base: float, share: float) -> np.ndarray:
    """Return the figure of cancer where another share of all photos is; 0 for refused ones."""
    shift = odds.log_odds(np.array(share)) - odds.log_odds(np.array(base))
    found = 1 / (1 + np.exp(-(odds.log_odds(answers.cancer) + shift)))
    return np.where(answers.reasons.astype(bool), 0.0, found)


def _worth(
    goes: Mapping[str, np.ndarray], cancer: np.ndarray, share: float, visit: float
) -> Callable[[np.ndarray], dict[str, float]]:
    return lambda rows: {
        name: PHOTOS * _net(to[rows], cancer[rows], share, visit) for name, to in goes.items()
    }


def _net(goes: np.ndarray, cancer: np.ndarray, share: float, visit: float) -> float:
    return share * _mean(goes[cancer]) - (1 - share) * _mean(goes[~cancer]) * visit


def _mean(hits: np.ndarray) -> float:
    return float(hits.mean()) if len(hits) else np.nan
