"""One network out of several that went on from the same one: the average of their weights."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from ml.errors import OperatorError
from ml.loop import BEST


def write(files: Sequence[Path], run: Path) -> None:
    """Write the uniform soup of the networks as the run's best one; its frame is the first's.

    Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves
    accuracy without increasing inference time", ICML 2022.

    Raises:
        OperatorError: a file is missing, or the networks have other layers than the first.
    """
    for file in files:
        if not file.is_file():
            raise OperatorError(f"{file} is not there: give .keras files of trained networks.")
    networks = [keras.saving.load_model(file) for file in files]
    for layer in networks[0].layers:
        layer.set_weights(_average(layer, networks))
    run.mkdir(parents=True, exist_ok=True)
    networks[0].save(run / BEST)


def _average(layer: keras.Layer, networks: list[keras.Model]) -> list[np.ndarray]:
    try:
        weights = [network.get_layer(layer.name).get_weights() for network in networks]
        return [np.mean(same, axis=0) for same in zip(*weights, strict=True)]
    except ValueError as error:
        raise OperatorError(
            f"The networks differ in their layer {layer.name}: give runs of one backbone."
        ) from error
