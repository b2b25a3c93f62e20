"""Measures what a model's answers are worth for the decision to see a doctor."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ml.evaluation import bootstrap
from ml.evaluation.kind_report import Answers
from ml.evaluation.scored_photos import Scored
from ml.serving import odds
from ml.serving.card import Interval, KindCard

# Shares of the readable photos that are answered. The other photos, whose decision between `watch`
# and a visit is closest, are left to a clinician.
ANSWERED = (1.0, 0.9, 0.8, 0.7, 0.5)
# A person wants to see a doctor if the probability of cancer is at least this high.
WANTED = (0.01, 0.1)
# Prevalences of cancer.
SHARES = (0.01, 0.1)
PHOTOS = 100


@dataclass(frozen=True)
class Selective:
    """The figures if only the most certain answers are given."""

    kind: str
    answered: float  # share of the readable photos
    figures: dict[str, Interval]  # `cancer_flagged` and `benign_flagged`, of the answered photos


@dataclass(frozen=True)
class NetBenefit:
    """Cancers found minus the cost of unnecessary visits, per 100 photos; 0 if nobody goes.

    Vickers and Elkin, "Decision curve analysis", Medical Decision Making 26, 565 (2006): an
    unnecessary visit costs `wanted` / (1 - `wanted`) of a cancer found.
    """

    kind: str
    share: float  # prevalence of cancer
    wanted: float  # probability from which a person wants to see a doctor
    everyone: float  # net benefit if everybody goes
    # net benefit by rule. `tiers`: people go if their tier is urgent or soon. `figure`: people go
    # if their probability of cancer is at least `wanted`.
    figures: dict[str, Interval]


def selective(kind: str, scored: Scored, answers: Answers, card: KindCard) -> Iterator[Selective]:
    """Yield the figures if only the clearest decisions are given, for each share in `ANSWERED`."""
    readable = np.flatnonzero(~answers.reasons.astype(bool))
    surest = readable[np.argsort(-_certainty(scored, answers, card)[readable], kind="stable")]
    for share in ANSWERED:
        members = answers.take(surest[: round(share * len(surest))])
        figures = bootstrap.intervals(_flagged(members), members.groups, members.diagnoses)
        yield Selective(kind, share, figures)


def _certainty(scored: Scored, answers: Answers, card: KindCard) -> np.ndarray:
    """Return each photo's distance from the decision to see a doctor, in log-odds."""
    above = [
        odds.log_odds(figure) - odds.log_odds(np.array(threshold.value))
        for figure, threshold in ((scored.urgency, card.urgent), (answers.cancer, card.soon))
    ]
    certainty: np.ndarray = np.abs(np.maximum(*above))
    return certainty


def _flagged(answers: Answers) -> Callable[[np.ndarray], dict[str, float]]:
    cancer, flagged = answers.is_cancer, answers.is_flagged
    return lambda rows: {
        "cancer_flagged": _mean(flagged[rows][cancer[rows]]),
        "benign_flagged": _mean(flagged[rows][~cancer[rows]]),
    }


def net_benefits(kind: str, answers: Answers, card: KindCard) -> Iterator[NetBenefit]:
    """Yield the net benefit for each prevalence and each threshold probability."""
    cancer = answers.is_cancer
    for share in SHARES:
        for wanted in WANTED:
            cost = wanted / (1 - wanted)
            visits = {
                "tiers": answers.is_flagged,
                "figure": _rebased(answers, card.share, share) >= wanted,
            }
            worth = _worth(visits, cancer, share, cost)
            everyone = round(PHOTOS * (share - (1 - share) * cost), bootstrap.DIGITS)
            figures = bootstrap.intervals(worth, answers.groups, answers.diagnoses)
            yield NetBenefit(kind, share, wanted, everyone, figures)


def _rebased(answers: Answers, base: float, share: float) -> np.ndarray:
    """Return the probability of cancer at another prevalence; 0 for refused photos."""
    shift = odds.log_odds(np.array(share)) - odds.log_odds(np.array(base))
    rebased = 1 / (1 + np.exp(-(odds.log_odds(answers.cancer) + shift)))
    return np.where(answers.reasons.astype(bool), 0.0, rebased)


def _worth(
    visits: Mapping[str, np.ndarray], cancer: np.ndarray, share: float, cost: float
) -> Callable[[np.ndarray], dict[str, float]]:
    return lambda rows: {
        name: PHOTOS * _net(goes[rows], cancer[rows], share, cost) for name, goes in visits.items()
    }


def _net(goes: np.ndarray, cancer: np.ndarray, share: float, cost: float) -> float:
    return share * _mean(goes[cancer]) - (1 - share) * _mean(goes[~cancer]) * cost


def _mean(hits: np.ndarray) -> float:
    return float(hits.mean()) if len(hits) else np.nan
