"""The baselines: networks for two classes that the served network is compared with."""

from collections.abc import Callable
from typing import NamedTuple

import keras
from keras import layers

from ml.architectures import classifier_network, cnn
from ml.architectures.cnn import Plan
from ml.augmentation import random_changes
from ml.augmentation.ranges import FLIPPED
from ml.labels import Label


class Baseline(NamedTuple):
    """How a baseline is made and trained."""

    title: str
    # builds the network; its argument is the layer that augments the input
    build: Callable[[keras.layers.Layer | None], keras.Model]
    epochs: int
    learning_rate: float
    epoch_images: int = 8000
    batch: int = 32
    averaging: float = 0.99
    mirrored: bool = False  # mirrors pictures in training, and averages answers over mirror images


def all_baselines(bayesian: Plan, hyperband: Plan) -> dict[str, Baseline]:
    """Return the baselines by name, with the best plan of each search.

    The CNNs take 64 x 48 px, as in the search; `cnn-hyperband` takes 96 x 72 px. The pretrained
    networks take 128 x 96 px.
    """
    deeper = cnn.deeper(bayesian)
    return {
        "cnn": Baseline("CNN, untuned", _cnn(cnn.UNTUNED), 20, 1e-3),
        "cnn-tuned": Baseline("CNN, tuned", _cnn(bayesian), 60, 1e-3),
        "cnn-mirrored": Baseline(
            "CNN, tuned, standardised input, four mirrored views",
            _cnn(bayesian, standardised=True),
            60,
            2e-3,
            mirrored=True,
        ),
        "cnn-hyperband": Baseline(
            "CNN, tuned by Hyperband, on larger pictures", _cnn(hyperband, 72, 96), 40, 1e-3
        ),
        "cnn-deeper": Baseline("CNN, tuned, deeper and longer", _cnn(deeper), 80, 1e-3),
        "frozen": Baseline(
            "EfficientNet-Lite0 (ImageNet) frozen, linear head", _pretrained(tuned=False), 3, 5e-3
        ),
        "fine-tuned": Baseline(
            "EfficientNet-Lite0 (ImageNet) fine-tuned", _pretrained(tuned=True), 10, 5e-4
        ),
    }


def _cnn(
    plan: Plan, height: int = 48, width: int = 64, *, standardised: bool = False
) -> Callable[[keras.layers.Layer | None], keras.Model]:
    return lambda augment: cnn.build(plan, height, width, augment, standardised=standardised)


def _pretrained(*, tuned: bool) -> Callable[[keras.layers.Layer | None], keras.Model]:
    def build(augment: keras.layers.Layer | None) -> keras.Model:
        backbone = classifier_network.imagenet_backbone(96, 128)
        backbone.trainable = tuned
        inputs = keras.Input(backbone.input_shape[1:], name="rgb")
        x = backbone(augment(inputs) if augment else inputs)
        x = layers.Dropout(0.3)(x)
        return keras.Model(inputs, layers.Dense(len(Label), activation="softmax")(x))

    return build


def augmenting(protocol: str, seed: int, *, mirrored: bool) -> keras.layers.Layer | None:
    """Return the layer that changes the training pictures under a protocol.

    Under "original", pictures were augmented before the split, so here they are at most mirrored.
    Under the split by lesion, the network's first layer draws the same changes during training.
    """
    if protocol == "original":
        return random_changes.Augmentation(FLIPPED, seed=seed) if mirrored else None
    ranges = random_changes.ORIGINAL._replace(vertical_flip=mirrored)
    return random_changes.Augmentation(ranges, seed=seed)
