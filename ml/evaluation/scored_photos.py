"""A network's outputs for labelled photos, from which thresholds and figures are computed."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from tqdm import tqdm

from ml.data.cache import Dataset
from ml.data.ground_truth import NOT_MELANOMA
from ml.labels import DIAGNOSES, MALIGNANT, MELANOMA_INDEX, Kind
from ml.preprocessing.network_input import Pixels
from ml.serving import gate, odds
from ml.serving.classifier import PLACES, Scores
from ml.serving.gate import GateLimits

MALIGNANT_INDICES = [DIAGNOSES.index(diagnosis) for diagnosis in MALIGNANT]


class Scorer(Protocol):
    """An object that scores a standard view."""

    def score(self, view: Pixels) -> Scores: ...


class Scored(NamedTuple):
    """The network's outputs for n photos of one kind, and the truth."""

    logits: np.ndarray  # (n, 8)
    lesion: np.ndarray  # (n,), the gate's logit for the photos' kind
    # (n,), the logit of the kind of photo; NaN if the network has no such output
    kind: np.ndarray
    quality: np.ndarray  # (n, 3), as `gate.Quality`
    diagnoses: np.ndarray  # (n,), positions in `labels.DIAGNOSES`, or below 0 as in `Dataset`
    groups: np.ndarray  # (n,), names of lesions or patients; their photos stay together
    sources: np.ndarray  # (n,), names
    image_ids: np.ndarray  # (n,), names

    @property
    def melanoma(self) -> np.ndarray:
        result: np.ndarray = self.diagnoses == MELANOMA_INDEX
        return result

    @property
    def malignant(self) -> np.ndarray:
        """Whether each photo shows cancer (`MALIGNANT`), (n,) bool."""
        return np.isin(self.diagnoses, MALIGNANT_INDICES)

    @property
    def is_named(self) -> np.ndarray:
        """Whether the truth about each photo says if it is cancer, (n,) bool."""
        result: np.ndarray = self.diagnoses != NOT_MELANOMA
        return result

    @property
    def urgency(self) -> np.ndarray:
        return odds.urgency(self.logits)

    @property
    def cancer_odds(self) -> np.ndarray:
        return odds.cancer_log_odds(self.logits)

    @property
    def melanoma_odds(self) -> np.ndarray:
        return odds.melanoma_log_odds(self.logits)

    def take(self, rows: np.ndarray) -> "Scored":
        """Return a selection of photos. Rows may repeat."""
        return Scored(*(column[rows] for column in self))

    def reasons(self, limits: GateLimits) -> np.ndarray:
        """Return why the gate refuses each photo, (n,), or an empty text if it does not.

        All refusals but those for quality have the reason `not_a_lesion`.
        """
        refusals = [gate.refuse_quality(gate.Quality(*row), limits) or "" for row in self.quality]
        not_lesion = self.lesion < limits.min_lesion_score
        return np.array(
            [
                str(reason or (gate.Refusal.NOT_A_LESION if is_not_lesion else ""))
                for reason, is_not_lesion in zip(refusals, not_lesion, strict=True)
            ],
            dtype=object,
        )


def join(parts: Sequence[Scored]) -> Scored:
    """Concatenate several sets of photos."""
    return Scored(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def measure(network: Scorer, data: Dataset, rows: np.ndarray, kind: Kind) -> Scored:
    """Return the network's outputs for pictures of a data set, all of one kind."""
    views = tqdm((data.pixels[row] for row in rows), "scoring", len(rows), unit="image")
    scored = [(network.score(view), gate.measure(view)) for view in views]
    return Scored(
        logits=np.array([score.logits for score, _ in scored]),
        lesion=np.array([score.lesion[PLACES[kind]] for score, _ in scored]),
        kind=np.array([score.kind for score, _ in scored], float),
        quality=np.array([quality for _, quality in scored]),
        diagnoses=data.diagnoses[rows],
        groups=data.groups[rows],
        sources=data.sources[rows],
        image_ids=np.array(data.image_ids)[rows],
    )
