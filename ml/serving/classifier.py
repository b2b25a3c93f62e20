"""The served classifier: a calibrated answer or a refusal for a photo. Needs no TensorFlow."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, Self

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from ml.labels import DIAGNOSES, Diagnosis, Kind, Tier
from ml.paths import DEFAULT_MODEL
from ml.preprocessing import network_input
from ml.preprocessing.views import Views, upright
from ml.serving import (
    card_files,
    gate,
    greeting,
    odds,
    refusal_reasons,
    saliency,
    tiers,
    unlikeness,
)
from ml.serving.card import KERAS, LITERT, Card, ModelError
from ml.serving.gate import Refusal, Scene
from ml.serving.odds import in_order
from ml.serving.unlikeness import Reference

__all__ = ["DEFAULT_MODEL", "KERAS", "LITERT", "Classification", "Classifier", "Refusal"]


# The signatures of a LiteRT file, and the message for an older file, which lacks `EXPLAIN` or
# features.
CLASSIFY, EXPLAIN = "serving_default", "explain"
TOO_OLD = "This model has no saliency map or features: export it again with `python -m ml export`."
AT_ONCE = 2  # views in one run
# Outputs about the picture, not about a diagnosis.
HEADS = {"scene", "lesion", "kind"}

# The position of each kind in the gate's output, and the rank of each tier, the most urgent first.
PLACES = {kind: place for place, kind in enumerate(Kind)}
URGENCY = {tier: place for place, tier in enumerate(Tier)}


class Scores(NamedTuple):
    """The network's outputs, averaged over the views of a picture."""

    logits: np.ndarray  # logits of the eight diagnoses, in the order of `labels.DIAGNOSES`
    # a logit for each kind of photo: above 0, probably a skin lesion
    lesion: np.ndarray
    kind: float | None  # logit: above 0, probably dermoscopic; below 0, from a camera
    # Logits of `gate.Scene` for each kind, (kinds, scenes). None: an older network without them.
    scenes: np.ndarray | None = None
    # The input of the diagnoses' layer, (d,). None: an older network that does not return it.
    features: np.ndarray | None = None

    @property
    def log_odds(self) -> float:
        """Log-odds of melanoma, not calibrated."""
        return float(odds.melanoma_log_odds(self.logits))


@dataclass(frozen=True)
class Classification:
    """The answer about one photo: a refusal, no answer, or a tier.

    There is no answer (`tier` and `refusal` are None) in two cases. Either the model has no
    validated figures for the photo's kind, or the tier would be `watch`, but the photo is unlike
    all training photos.
    """

    kind: Kind | None = None  # the kind whose thresholds were used
    tier: Tier | None = None
    cancer: float | None = None  # calibrated probability of cancer
    melanoma: float | None = None  # calibrated probability of melanoma; at most `cancer`
    cancers_per_100: int | None = None
    is_uncertain: bool = (
        False  # whether a figure is so near its threshold that the tier is uncertain
    )
    probabilities: dict[Diagnosis, float] = field(default_factory=dict)  # uncalibrated
    refusal: Refusal | None = None
    is_unlike: bool = False


class Network:
    """A LiteRT model on one thread. Not thread-safe: each process needs its own.

    On loading, the model runs once on an empty view. LiteRT then lays out the weights, so that
    processes that are forked later share them.
    """

    def __init__(
        self, path: Path, zooms: Sequence[float], diagnoses: Sequence[Diagnosis] = DIAGNOSES
    ) -> None:
        self._zooms = zooms
        self._diagnoses = diagnoses
        with greeting.unsaid():
            self._interpreter = Interpreter(str(path), num_threads=1)
            self._runs = {
                name: self._interpreter.get_signature_runner(name)
                for name in self._interpreter.get_signature_list()
            }
            for run in self._runs.values():
                run(rgb=np.zeros(run.get_input_details()["rgb"]["shape"], np.float32))

    def score(self, view: network_input.Pixels) -> Scores:
        """Return the scores of a standard view, RGB uint8 (150, 200, 3)."""
        return scores(self._classified(view), self._diagnoses, self._zooms)

    def _classified(self, view: network_input.Pixels) -> dict[str, np.ndarray]:
        """Return the outputs for n turned and zoomed copies of a standard view: name -> (n, ...).

        Two copies run at once. Running all four at once would be no faster, and take more memory.
        """
        inputs, run = network_input.averaged(view, self._zooms), self._runs[CLASSIFY]
        outputs = [run(rgb=inputs[i : i + AT_ONCE]) for i in range(0, len(inputs), AT_ONCE)]
        return {name: np.concatenate([part[name] for part in outputs]) for name in outputs[0]}

    def evidence(self, view: network_input.Pixels) -> np.ndarray:
        """Return how strongly each place of a standard view indicates melanoma, (30, 40).

        Raises:
            ModelError: the exported model has no saliency map.
        """
        if EXPLAIN not in self._runs:
            raise ModelError(TOO_OLD)
        run = self._runs[EXPLAIN]
        return saliency.draw(lambda rgb: run(rgb=rgb)["places"], view, self._zooms)

    def features(self, view: network_input.Pixels) -> np.ndarray:
        """Return the input of the diagnoses' layer for a standard view, (d,).

        This input is averaged over the turned and zoomed copies of the view.

        Raises:
            ModelError: the exported model does not return features.
        """
        outputs = self._classified(view)
        if "features" not in outputs:
            raise ModelError(TOO_OLD)
        averaged: np.ndarray = outputs["features"].mean(0)
        return averaged


def scores(
    outputs: dict[str, np.ndarray], diagnoses: Sequence[Diagnosis], zooms: Sequence[float]
) -> Scores:
    """Return the scores from the network's outputs for n views: name -> (n, ...)."""
    # The heads in `HEADS` were not trained on zoomed views, so only views at zoom 1 count.
    is_unzoomed = np.equal(zooms, 1)
    heads = {name: outputs[name][is_unzoomed].mean(0) for name in HEADS & outputs.keys()}
    scenes = heads["scene"].reshape(len(Kind), len(Scene)) if "scene" in heads else None
    return Scores(
        in_order(outputs["diagnoses"].mean(0), diagnoses),
        # An older network has one logit for each kind, or one for all kinds.
        gate.lesion_odds(scenes)
        if scenes is not None
        else np.broadcast_to(heads["lesion"], len(Kind)),
        float(heads["kind"].item()) if "kind" in heads else None,
        scenes,
        outputs["features"].mean(0) if "features" in outputs else None,
    )


class Classifier:
    """A model folder, ready to answer."""

    def __init__(
        self,
        network: Network,
        model_card: Card,
        references: Mapping[Kind, Reference] = MappingProxyType({}),
    ) -> None:
        self.network = network
        self.card = model_card
        self._references = references

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the classifier of a model folder after checking the files against the card.

        Raises:
            ModelError: the folder cannot be served; the message says what to do.
        """
        model_card = card_files.read_served(folder)
        network = Network(folder / LITERT, model_card.zooms, model_card.diagnoses)
        references = unlikeness.read(folder) if unlikeness.FILE in model_card.files else {}
        return cls(network, model_card, references)

    def classify(self, image: Image.Image, stated: Kind | None = None) -> Classification:
        """Classify an upright RGB photo of any size.

        The kinds in question are the stated kind (None: unknown) and those that the network
        detects. The photo gets an answer only if the card has figures for all these kinds. Of the
        answers for several kinds, the most urgent counts.
        """
        return self.classify_view(network_input.framed_view(image), stated)

    def classify_view(
        self, view: network_input.Pixels, stated: Kind | None = None
    ) -> Classification:
        """Classify a photo by the standard view of the part inside its frame."""
        result = self.network.score(view)
        kinds = self.card.possible_kinds(result.kind) | ({stated} if stated else set())
        if refusal := self.refusal(view, result, kinds):
            return self._unanswered(result, kinds, refusal)
        if not self.card.teaches(kinds):
            return self._unanswered(result, kinds, None)
        answer = min((self._answer(kind, result) for kind in kinds), key=_urgent_first)
        # A tier that sends the person to a doctor stays: having no answer would be weaker advice.
        if answer.tier is Tier.WATCH and all(self._is_unlike(kind, result) for kind in kinds):
            return replace(self._unanswered(result, kinds, None), is_unlike=True)
        return answer

    def explain(self, views: Views) -> np.ndarray:
        """Return where in a photo the network found evidence for melanoma.

        The result is a coarse map of the whole photo, (rows, columns) float32. Each value is
        divided by the largest, so the map does not show how strong the evidence is. All values
        are 0 if no place indicates melanoma.

        Raises:
            ModelError: the model has no saliency map (exported before lite0-4).
        """
        evidence = saliency.positive_shares(self.network.evidence(views.framed))
        return saliency.placed(upright(evidence, views.box), views.box, views.size)

    def embedding(self, image: Image.Image) -> np.ndarray:
        """Return the input of the diagnoses' layer for a photo, (d,) float32, each value in [0, 6].

        Raises:
            ModelError: the model returns no features (exported before lite0-4).
        """
        return self.network.features(network_input.framed_view(image))

    def refusal(
        self, view: network_input.Pixels, result: Scores, kinds: Collection[Kind]
    ) -> Refusal | None:
        """Return why a standard view cannot be read, or None.

        The quality must be within the limits of one of the possible kinds. If the card has none of
        the possible kinds, the limits of any of its kinds suffice. If the card has all possible
        kinds, the view must also show exactly one lesion.
        """
        quality = gate.measure(view)
        candidates = [
            kind for kind in self.card.kinds if not kinds or kind in kinds
        ] or self.card.kinds
        refusals = [gate.refuse_quality(quality, self.card.kinds[kind].gate) for kind in candidates]
        if all(refusals):
            assert refusals[0]
            return refusal_reasons.named(view, refusals[0])
        is_strange = self.card.teaches(kinds) and all(
            result.lesion[PLACES[kind]] < self.card.kinds[kind].gate.min_lesion_score
            for kind in kinds
        )
        return refusal_reasons.named(view, _content_refusal(result, kinds)) if is_strange else None

    def _is_unlike(self, kind: Kind, result: Scores) -> bool:
        """Return whether a photo is unlike all training photos of its kind."""
        limits, reference = self.card.kinds[kind].unlike, self._references.get(kind)
        if limits is None or reference is None or result.features is None:
            return False
        return bool(unlikeness.distance(result.features[None], reference)[0] > limits.limit)

    def _unanswered(
        self, result: Scores, kinds: Collection[Kind], refusal: Refusal | None
    ) -> Classification:
        """Return an answer without a tier.

        The probabilities in it are for clinicians and researchers.
        """
        if not self.card.teaches(kinds):
            only_kind = next(iter(kinds)) if len(kinds) == 1 else None
            return Classification(only_kind, probabilities=_named(result), refusal=refusal)
        worst = min((self._answer(kind, result) for kind in kinds), key=_urgent_first)
        return replace(worst, tier=None, cancers_per_100=None, is_uncertain=False, refusal=refusal)

    def _answer(self, kind: Kind, result: Scores) -> Classification:
        table, urgency = self.card.kinds[kind], float(odds.urgency(result.logits))
        cancer = float(table.cancer.probability(odds.cancer_log_odds(result.logits)))
        return Classification(
            kind=kind,
            tier=tiers.decide(table, urgency, cancer),
            cancer=cancer,
            # The two figures are calibrated separately; the minimum keeps them consistent.
            melanoma=min(float(table.melanoma.probability(result.log_odds)), cancer),
            cancers_per_100=tiers.cancers_per_100(table, cancer),
            is_uncertain=tiers.is_uncertain(table, urgency, cancer),
            probabilities=_named(result),
        )


def _content_refusal(result: Scores, kinds: Collection[Kind]) -> Refusal:
    """Return why a picture that does not show exactly one lesion is refused.

    The kind of photo with the highest lesion score decides.
    """
    if result.scenes is None:
        return Refusal.NOT_A_LESION
    likeliest = max(kinds, key=lambda kind: float(result.lesion[PLACES[kind]]))
    return gate.refuse_scene(result.scenes[PLACES[likeliest]])


def _named(result: Scores) -> dict[Diagnosis, float]:
    shares = odds.softmax(result.logits).tolist()
    return dict(zip(DIAGNOSES, shares, strict=True))


def _urgent_first(answer: Classification) -> tuple[int, float]:
    """Sort key for answers about one photo: the most urgent tier, then the higher probability."""
    assert answer.tier is not None
    assert answer.cancer is not None
    return URGENCY[answer.tier], -answer.cancer
