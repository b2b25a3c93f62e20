"""The write-up's CNN (docs/training.md): convolutions, ReLU, max-pooling; then dense, softmax."""

import json
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import keras
from keras import layers

from ml.errors import OperatorError
from ml.labels import Label

# The file with the best plan that `python -m ml tune` found.
BEST = "best.json"


class Block(NamedTuple):
    """A convolution with ReLU, and the max-pooling after it. A `pool` of 1 means no pooling."""

    filters: int
    kernel: int
    pool: int


class Plan(NamedTuple):
    """The blocks, starting at the input, and the units of the fully connected layer."""

    blocks: tuple[Block, ...]
    units: int = 64


UNTUNED = Plan((Block(32, 3, 3), Block(64, 3, 3)))


# Approximate mean and deviation of the train split under the write-up's protocol, RGB in [0, 255].
MEANS, DEVIATIONS = (186, 137, 143), (38, 41, 46)
REDUCED = 3  # `backbone` averages squares with sides of this many px


def build(
    plan: Plan,
    height: int,
    width: int,
    augment: keras.layers.Layer | None = None,
    *,
    standardised: bool = False,
) -> keras.Model:
    """Return the network: RGB in [0, 255], (n, height, width, 3) -> probabilities (n, 2).

    The columns are in the order of `labels.Label`.

    Args:
        plan: the network's layers; each pool must fit its feature map (see `pools`).
        height: height of the pictures, px.
        width: width of the pictures, px.
        augment: a layer that changes pictures during training.
        standardised: scale each channel to mean 0 and deviation 1 instead of [0, 1] (LeCun et
            al., "Efficient BackProp", 1998), and start with the larger weights that ReLUs need
            (He et al., "Delving deep into rectifiers", ICCV 2015).
    """
    inputs = keras.Input((height, width, 3), name="rgb")
    x = augment(inputs) if augment else inputs
    x = _standardised(x) if standardised else layers.Rescaling(1 / 255)(x)
    x = _features(x, plan, "he_normal" if standardised else "glorot_uniform")
    return keras.Model(inputs, layers.Dense(len(Label), activation="softmax")(x), name="cnn")


def backbone(plan: Plan, height: int, width: int) -> keras.Model:
    """Return the network without its last layer: RGB in [0, 255] -> features (n, units).

    Pictures are first reduced to a third of their height and width, about the 64 x 48 px of
    `python -m ml tune`, and then standardised.
    """
    inputs = keras.Input((height, width, 3), name="rgb")
    x = _standardised(layers.AveragePooling2D(REDUCED, padding="same")(inputs))
    return keras.Model(inputs, _features(x, plan, "he_normal"), name="cnn")


def _standardised(x: Any) -> Any:
    return layers.Normalization(mean=MEANS, variance=[sd**2 for sd in DEVIATIONS])(x)


def _features(x: Any, plan: Plan, initializer: str) -> Any:
    relu = {"activation": "relu", "kernel_initializer": initializer}
    for filters, kernel, pool in plan.blocks:
        x = layers.Conv2D(filters, kernel, padding="same", **relu)(x)
        x = layers.MaxPooling2D(pool)(x) if pool > 1 else x
    return layers.Dense(plan.units, **relu)(layers.Flatten()(x))


def deeper(plan: Plan) -> Plan:
    """Return the plan with one more convolution of 128 filters and no further pooling."""
    return plan._replace(blocks=(*plan.blocks, Block(128, 3, 1)))


def pools(height: int, width: int, sizes: range, depths: range) -> list[tuple[int, ...]]:
    """Return every sequence of pool sizes in which no pool is larger than its feature map."""
    sequences = [pools for depth in depths for pools in product(sizes, repeat=depth)]
    return [sequence for sequence in sequences if _fits(min(height, width), sequence)]


def _fits(side: int, sequence: tuple[int, ...]) -> bool:
    for pool in sequence:
        side //= pool
    return side >= 1


def best_plan(record: Path) -> Plan:
    """Return the plan in a record's best.json.

    Raises:
        OperatorError: the record is damaged.
    """
    path = record / BEST
    try:
        raw = json.loads(path.read_text())["plan"]
        return Plan(tuple(Block(*block) for block in raw["blocks"]), raw["units"])
    except (ValueError, KeyError, TypeError) as error:
        raise OperatorError(
            f"{path} is empty or truncated: delete it, and run `python -m ml tune` again."
        ) from error
