"""Scores photos with networks that were trained without them, for kinds with few `valid` photos."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

import keras
import numpy as np

from ml.data import run_settings
from ml.data.cache import Dataset
from ml.data.ground_truth import NOT_MELANOMA
from ml.errors import OperatorError
from ml.evaluation import scored_photos
from ml.evaluation.scored_photos import Scored
from ml.labels import Kind, outputs
from ml.preprocessing import network_input
from ml.serving.classifier import Scores
from ml.serving.odds import in_order
from ml.training.training_loop import BEST

# The network has no lesion score: only poor quality can cause a refusal.
ANY_LESION = np.full(len(Kind), np.inf)


class Trained(NamedTuple):
    """A trained network that scores a view as the published network does."""

    model: keras.Model

    @classmethod
    def of_run(cls, run: Path) -> Self:
        """Return the best network of a run.

        Raises:
            OperatorError: the run has no network.
        """
        if not (run / BEST).exists():
            raise OperatorError(f"No trained network in {run}: run `python -m ml train` first.")
        return cls(keras.saving.load_model(run / BEST, compile=False))

    def score(self, view: network_input.Pixels) -> Scores:
        logits = np.asarray(
            self.model.predict_on_batch(network_input.averaged(view, network_input.SCALES))
        )
        return Scores(in_order(logits.mean(0), outputs(logits.shape[-1])), ANY_LESION, None)


def score(data: Dataset, runs: Iterable[tuple[str, Path]]) -> dict[Kind, Scored]:
    """Return the scored `train` and `valid` photos of some sources, by kind.

    Args:
        data: pictures of all splits.
        runs: sources, each with the run that left it out (`train --left-out`).

    Raises:
        OperatorError: a run has no network or did not leave out its source, or a source has no
            photos.
    """
    parts: dict[Kind, list[Scored]] = {kind: [] for kind in Kind}
    for source, run in runs:
        is_used = (data.sources == source) & (data.splits != "test")
        is_used &= data.diagnoses != NOT_MELANOMA
        if not is_used.any():
            raise OperatorError(f"There are no photos of {source} in the cache.")
        network = Trained.of_run(run)
        run_settings.require_left_out(run, source)
        for kind in Kind:
            if len(rows := np.flatnonzero(is_used & (data.kinds == kind))):
                parts[kind].append(scored_photos.measure(network, data, rows, kind))
    return {kind: scored_photos.join(scored) for kind, scored in parts.items() if scored}
