"""The original's network: convolution, ReLU and max-pooling, then fully connected and softmax."""

from itertools import product
from typing import NamedTuple

import keras
from keras import layers

from ml.labels import Label


class Block(NamedTuple):
    """A convolution with ReLU, and the max-pooling after it (1: none)."""

    filters: int
    kernel: int
    pool: int


class Plan(NamedTuple):
    """The blocks from the picture on, and the units of the fully connected layer."""

    blocks: tuple[Block, ...]
    units: int = 64


UNTUNED = Plan((Block(32, 3, 3), Block(64, 3, 3)))


def build(
    plan: Plan, height: int, width: int, augment: keras.layers.Layer | None = None
) -> keras.Model:
    """Return the network: RGB in [0, 255], (n, height, width, 3) -> probabilities (n, 2).

    The columns are in the order of `labels.Label`.

    Args:
        plan: what it is made of; each pool must fit its feature map (see `pools`).
        height: of the pictures, px.
        width: of the pictures, px.
        augment: changes the pictures in training.
    """
    inputs = keras.Input((height, width, 3), name="rgb")
    x = augment(inputs) if augment else inputs
    x = layers.Rescaling(1 / 255)(x)
    for filters, kernel, pool in plan.blocks:
        x = layers.Conv2D(filters, kernel, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(pool)(x) if pool > 1 else x
    x = layers.Dense(plan.units, activation="relu")(layers.Flatten()(x))
    return keras.Model(inputs, layers.Dense(len(Label), activation="softmax")(x), name="cnn")


def deeper(plan: Plan) -> Plan:
    """Return the plan with one more convolution of 128 filters, which needs no room to pool."""
    return plan._replace(blocks=(*plan.blocks, Block(128, 3, 1)))


def pools(height: int, width: int, sizes: range, depths: range) -> list[tuple[int, ...]]:
    """Return every sequence of pool sizes in which no pool is larger than its feature map."""
    sequences = [pools for depth in depths for pools in product(sizes, repeat=depth)]
    return [sequence for sequence in sequences if _fits(min(height, width), sequence)]


def _fits(side: int, sequence: tuple[int, ...]) -> bool:
    for pool in sequence:
        side //= pool
    return side >= 1
