"""The served classifier: a photo in, a calibrated answer or a refusal out. No TensorFlow here."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from ml import card, evidence, gate, seen, views
from ml.card import KERAS, LITERT, Card, ModelError
from ml.gate import Refusal
from ml.labels import Tier
from ml.odds import melanoma_log_odds
from ml.paths import DEFAULT_MODEL

__all__ = ["DEFAULT_MODEL", "KERAS", "LITERT", "Classification", "Classifier", "Refusal"]


# The signatures of a LiteRT file, and what is said of one that lacks what came later.
CLASSIFY, EXPLAIN = "serving_default", "explain"
TOO_OLD = "This model cannot explain its answers: export it again with `python -m ml export`."


class Scores(NamedTuple):
    """What the network says, averaged over four views of a picture."""

    log_odds: float  # of melanoma against the other six diagnoses
    lesion: float  # logit: above 0, more like a skin lesion than like anything else


@dataclass(frozen=True)
class Classification:
    """The answer about one photo: a refusal, or the fields before it."""

    probability: float | None = None  # of melanoma, calibrated
    tier: Tier | None = None
    melanomas_per_100: int | None = None
    is_uncertain: bool | None = None  # the tier: too near the threshold
    refusal: Refusal | None = None


class Network:
    """A LiteRT model on one thread. Not thread-safe: one for each process."""

    def __init__(self, path: Path, zooms: Sequence[float]) -> None:
        self._zooms = zooms
        self._interpreter = Interpreter(str(path), num_threads=1)
        self._run = self._interpreter.get_signature_runner(CLASSIFY)

    def score(self, view: views.Pixels) -> Scores:
        """Return the scores of a standard view, RGB uint8 (150, 200, 3)."""
        outputs = self._run(rgb=views.averaged(view, self._zooms))
        return scores(outputs["diagnoses"], outputs["lesion"], self._zooms)

    def evidence(self, view: views.Pixels) -> np.ndarray:
        """Return how much each place of a standard view speaks for melanoma, (30, 40).

        Raises:
            ModelError: the model was exported without it.
        """
        if EXPLAIN not in self._interpreter.get_signature_list():
            raise ModelError(TOO_OLD)
        run = self._interpreter.get_signature_runner(EXPLAIN)
        return evidence.draw(lambda rgb: run(rgb=rgb)["places"], view, self._zooms)

    def features(self, view: views.Pixels) -> np.ndarray:
        """Return what the heads see of a standard view, averaged over its views, (d,).

        Raises:
            ModelError: the model was exported without it.
        """
        outputs = self._run(rgb=views.averaged(view, self._zooms))
        if "features" not in outputs:
            raise ModelError(TOO_OLD)
        averaged: np.ndarray = outputs["features"].mean(0)
        return averaged


def scores(diagnoses: np.ndarray, lesion: np.ndarray, zooms: Sequence[float]) -> Scores:
    """Return the scores from the network's outputs, logits (n, 7) and (n, 1) of n views."""
    # Whether it is a lesion is asked of whole pictures: the gate has not learned their middles.
    whole = lesion[np.equal(zooms, 1)]
    return Scores(float(melanoma_log_odds(diagnoses.mean(0))), float(whole.mean()))


class Classifier:
    """A model folder, ready to answer."""

    def __init__(self, network: Network, model_card: Card) -> None:
        self.network = network
        self.card = model_card

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the classifier in a model folder, its files checked against the card.

        Raises:
            ModelError: the folder cannot be served; the message says what to do.
        """
        model_card = card.read_served(folder)
        return cls(Network(folder / LITERT, model_card.zooms), model_card)

    def classify(self, image: Image.Image) -> Classification:
        """Return what the model makes of an upright RGB photo of any size."""
        view = views.standard_view(image)
        refusal = gate.refuse_quality(gate.measure(view), self.card.gate)
        if refusal:
            return Classification(refusal=seen.named(view, refusal))
        result = self.network.score(view)
        if result.lesion < self.card.gate.min_lesion_score:
            return Classification(refusal=seen.named(view, Refusal.NOT_A_LESION))
        return self._answer(float(self.card.calibration.probability(result.log_odds)))

    def explain(self, image: Image.Image) -> np.ndarray:
        """Return where in an upright RGB photo the network found evidence for melanoma.

        A coarse map of the whole photo, (rows, columns) float32: shares of the strongest place,
        which says nothing of how strong that is; all 0 where no place speaks for melanoma.

        Raises:
            ModelError: the model was exported without what this takes (before lite0-4).
        """
        found = evidence.shown(self.network.evidence(views.standard_view(image)))
        # The standard view of an upright photo lies on its side.
        return np.rot90(found, -1) if image.height > image.width else found

    def embedding(self, image: Image.Image) -> np.ndarray:
        """Return what the network's heads see of a photo, (d,) float32, each value in [0, 6].

        Raises:
            ModelError: the model was exported without what this takes (before lite0-4).
        """
        return self.network.features(views.standard_view(image))

    def _answer(self, probability: float) -> Classification:
        return Classification(
            probability=probability,
            tier=Tier.ELEVATED if probability >= self.card.threshold else Tier.LOWER,
            melanomas_per_100=self.card.melanomas_per_100(probability),
            is_uncertain=self.card.is_uncertain(probability),
        )
