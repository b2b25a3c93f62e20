"""Reports on labelled photos of one kind: figures, tiers by diagnosis, predictive values."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from sklearn.metrics import average_precision_score

from ml.data.ground_truth import NOT_MELANOMA
from ml.errors import OperatorError
from ml.evaluation import bootstrap, calibration, metrics
from ml.evaluation.scored_photos import MALIGNANT_INDICES, Scored
from ml.labels import DIAGNOSES, MELANOMA_INDEX, OTHER, Tier
from ml.serving import odds
from ml.serving.card import Interval, KindCard, Report

TIERS = tuple(tier.value for tier in Tier)
# Refused: the model cannot judge the photo. No answer: its kind has no validated figures, or it is
# unlike all training photos.
REFUSED, NO_ANSWER = "refused", "no_answer"
RESULTS = (*TIERS, REFUSED, NO_ANSWER)
# Prevalences of cancer for which predictive values are reported.
STATED_SHARES = (0.1, 0.01)


class Answers(NamedTuple):
    """The answers that people would read for n photos, and the truth."""

    melanoma: np.ndarray  # (n,) calibrated probability of melanoma; NaN without an answer
    cancer: np.ndarray  # (n,) calibrated probability of cancer; NaN without an answer
    landing: np.ndarray  # (n,), values of `RESULTS`
    reasons: np.ndarray  # (n,), why a photo was refused, or an empty text
    diagnoses: np.ndarray  # (n,), see `scored_photos.Scored`
    groups: np.ndarray  # (n,), names of lesions or patients
    named: np.ndarray  # (n,), positions of the diagnoses named first; -1 without any

    def take(self, rows: np.ndarray) -> "Answers":
        """Return a selection of photos. Rows may repeat."""
        return Answers(*(column[rows] for column in self))

    @property
    def is_melanoma(self) -> np.ndarray:
        result: np.ndarray = self.diagnoses == MELANOMA_INDEX
        return result

    @property
    def is_cancer(self) -> np.ndarray:
        return np.isin(self.diagnoses, MALIGNANT_INDICES)

    @property
    def is_answered(self) -> np.ndarray:
        return np.isin(self.landing, TIERS)

    @property
    def is_flagged(self) -> np.ndarray:
        return np.isin(self.landing, TIERS[:2])

    @property
    def is_cancer_known(self) -> bool:
        """Whether every photo is known to be cancer or not. Some tables only name melanoma."""
        return bool((self.diagnoses != NOT_MELANOMA).all())


def of_scores(scored: Scored, card: KindCard) -> Answers:
    """Return the answers to scored photos, by the card of their kind.

    The detected kind and the limit for unlike photos, which serving uses, are ignored.
    """
    cancer, reasons = card.cancer.probability(scored.cancer_odds), scored.reasons(card.gate)
    tiers = np.select(
        [scored.urgency >= card.urgent.value, cancer >= card.soon.value], TIERS[:2], TIERS[2]
    )
    return Answers(
        melanoma=card.melanoma.probability(scored.melanoma_odds),
        cancer=cancer,
        landing=np.where(reasons.astype(bool), REFUSED, tiers),
        reasons=reasons,
        diagnoses=scored.diagnoses,
        groups=scored.groups,
        named=scored.logits.argmax(1),
    )


def report(answers: Answers) -> Report:
    """Return the report on photos. Intervals: 95 %, bootstrap over lesions or patients.

    A refused photo counts as not flagged. It is left out of AUROC, average precision,
    calibration and balanced accuracy.

    Raises:
        OperatorError: no photo of a melanoma was scored, or no other photo.
    """
    truth, is_refused = answers.is_melanoma, answers.reasons.astype(bool)
    if not truth[~is_refused].any() or truth[~is_refused].all():
        raise OperatorError("An evaluation needs scored photos of melanoma and of something else.")
    is_cancer_known = answers.is_cancer_known
    return Report(
        images=len(truth),
        melanomas=int(truth.sum()),
        cancers=int(answers.is_cancer.sum()) if is_cancer_known else None,
        refused=dict(sorted(Counter(reason for reason in answers.reasons if reason).items())),
        refused_melanomas=int((truth & is_refused).sum()),
        refused_cancers=int((answers.is_cancer & is_refused).sum()) if is_cancer_known else None,
        metrics=_metrics(answers),
        landing=_landing(answers) if is_cancer_known else {},
        predictive=_predictive(answers) if is_cancer_known else {},
    )


def _metrics(answers: Answers) -> dict[str, Interval]:
    melanoma, cancer, landing = answers.is_melanoma, answers.is_cancer, answers.landing
    has_figure = ~(answers.reasons.astype(bool) | np.isnan(answers.melanoma))

    def figures(rows: np.ndarray) -> dict[str, float]:
        result = _shares(melanoma[rows], landing[rows], "melanoma")
        result |= {"refused": _mean(landing[rows] == REFUSED)}
        scored = rows[has_figure[rows]]
        result |= _of_figure("melanoma", melanoma[scored], answers.melanoma[scored])
        if answers.is_cancer_known:
            result |= _shares(cancer[rows], landing[rows], "cancer")
            result |= _of_figure("cancer", cancer[scored], answers.cancer[scored])
            result |= {"benign_flagged": _mean(answers.is_flagged[rows][~cancer[rows]])}
            balanced = _balanced(answers.diagnoses[scored], answers.named[scored])
            result |= {"balanced_accuracy": balanced}
        return result

    return bootstrap.intervals(figures, answers.groups, answers.diagnoses)


def _shares(truth: np.ndarray, landing: np.ndarray, name: str) -> dict[str, float]:
    landings = landing[truth]
    return {
        f"{name}_urgent": _mean(landings == TIERS[0]),
        f"{name}_flagged": _mean(np.isin(landings, TIERS[:2])),
    }


def _of_figure(name: str, truth: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    if truth.all() or not truth.any():
        return {}
    slope, intercept = calibration.cox(odds.log_odds(probability), truth)
    return {
        f"{name}_auroc": metrics.auroc(truth, probability),
        f"{name}_average_precision": float(average_precision_score(truth, probability)),
        f"{name}_ece": metrics.calibration_error(truth, probability),
        f"{name}_slope": slope,
        f"{name}_intercept": intercept,
    }


def _balanced(truth: np.ndarray, named: np.ndarray) -> float:
    """Return the balanced accuracy: the share named correctly, averaged over the diagnoses."""
    known = np.unique(truth[truth >= 0]).tolist()
    shares = [_mean(named[truth == diagnosis] == diagnosis) for diagnosis in known]
    return float(np.mean(shares)) if shares else np.nan


def _mean(hits: np.ndarray) -> float:
    return float(hits.mean()) if len(hits) else np.nan


def _landing(answers: Answers) -> dict[str, dict[str, Interval]]:
    members = {name.value: answers.diagnoses == place for place, name in enumerate(DIAGNOSES)}
    members |= {OTHER: answers.diagnoses < 0}
    members |= {"cancer": answers.is_cancer, "benign": ~answers.is_cancer}
    return {name: _landed(answers, where) for name, where in members.items() if where.any()}


def _landed(answers: Answers, members: np.ndarray) -> dict[str, Interval]:
    landing, groups = answers.landing[members], answers.groups[members]
    return bootstrap.intervals(
        lambda rows: {place: _mean(landing[rows] == place) for place in RESULTS},
        groups,
        np.zeros(len(groups)),
    )


def _predictive(answers: Answers) -> dict[str, dict[str, Interval]]:
    """Return the predictive values: for each answer, the share of its photos that are cancer.

    Bayes' rule gives them for several prevalences: that of these photos ("set") and
    `STATED_SHARES`.
    """
    shares = {"set": float(answers.is_cancer.mean())} | {
        str(share): share for share in STATED_SHARES
    }
    result = {}
    for name, share in shares.items():
        values = _values(answers, share)
        result[name] = bootstrap.intervals(values, answers.groups, answers.diagnoses)
    return result


def _values(answers: Answers, share: float) -> Callable[[np.ndarray], dict[str, float]]:
    truth, landing = answers.is_cancer, answers.landing
    members = {tier.value: landing == tier for tier in Tier} | {"flagged": answers.is_flagged}

    def values(rows: np.ndarray) -> dict[str, float]:
        is_cancer = truth[rows]
        return {
            name: _bayes(
                _mean(is_member[rows][is_cancer]), _mean(is_member[rows][~is_cancer]), share
            )
            for name, is_member in members.items()
        }

    return values


def _bayes(of_cancers: float, of_others: float, share: float) -> float:
    both = of_cancers * share + of_others * (1 - share)
    return of_cancers * share / both if both else np.nan
