"""Model soup: averages the weights of networks that were fine-tuned from the same network."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from ml.architectures import classifier_network
from ml.errors import OperatorError
from ml.training.training_loop import BEST


def write(files: Sequence[Path], run: Path, shares: Sequence[float] = ()) -> None:
    """Write the average of the networks as the run's best network, with the first one's layers.

    Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves accuracy
    without increasing inference time", ICML 2022; for two networks, "Robust fine-tuning of
    zero-shot models", CVPR 2022. A network with HAM10000's seven diagnoses is extended if the first
    one has eight.

    Args:
        files: .keras files.
        run: folder to write.
        shares: weight of each network, adding up to 1; if empty, all are equal.

    Raises:
        OperatorError: a file is missing, a network has other layers than the first, or the
            number or sum of shares is wrong.
    """
    for file in files:
        if not file.is_file():
            raise OperatorError(f"{file} is not there: give .keras files of trained networks.")
    weights = list(shares) or [1 / len(files)] * len(files)
    if len(weights) != len(files) or not np.isclose(sum(weights), 1):
        raise OperatorError(f"{len(files)} networks need as many --shares, which add up to 1.")
    mixed, *others = [keras.saving.load_model(file, compile=False) for file in files]
    summed = [weights[0] * values for values in mixed.get_weights()]
    for network, share in zip(others, weights[1:], strict=True):
        _take(mixed, network)
        summed = [s + share * values for s, values in zip(summed, mixed.get_weights(), strict=True)]
    mixed.set_weights(summed)
    run.mkdir(parents=True, exist_ok=True)
    mixed.save(run / BEST)


def _take(mixed: keras.Model, network: keras.Model) -> None:
    try:
        classifier_network.take_weights(mixed, network)
    except ValueError as error:
        raise OperatorError(
            f"The networks differ in a layer ({error}): give runs of one backbone."
        ) from error
