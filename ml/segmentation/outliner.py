"""The served outline network: returns the lesion's outline in a photo, or why there is none.

Needs no TensorFlow.
"""

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from ml.preprocessing import network_input
from ml.segmentation import contour, grid, outline_card
from ml.segmentation.outline_card import OutlineCard
from ml.serving.card import LITERT

__all__ = ["Outline", "OutlineError", "OutlineFault", "Outliner"]

# The photo as it is, and turned by 180°. Its two mirror images would double the time, and gain
# 0.0004 in the Dice coefficient.
TURNS = network_input.TURNS[:2]


class OutlineFault(StrEnum):
    """The reason why a photo has no outline."""

    NONE = "no_lesion"
    SEVERAL = "several_lesions"


class Outline(NamedTuple):
    """A lesion's outline in a photo."""

    mask: np.ndarray  # (height, width) bool, the lesion's pixels
    polygon: np.ndarray  # (n, 2) x and y as shares of width and height; closed, at most 201 points
    confidence: float  # 0-1, see `contour.confidence`


class OutlineError(Exception):
    """The photo shows no lesion, or several; `largest` is the largest of several."""

    def __init__(self, fault: OutlineFault, largest: Outline | None = None) -> None:
        super().__init__(fault.value)
        self.fault, self.largest = fault, largest


class Network:
    """A LiteRT model on one thread. Not thread-safe: each process needs its own.

    It runs once when it is loaded, for the reason in `ml.serving.classifier.Network`.
    """

    def __init__(self, path: Path) -> None:
        self._interpreter = Interpreter(str(path), num_threads=1)
        self._run = self._interpreter.get_signature_runner()
        self._logits(np.zeros((grid.HEIGHT, grid.WIDTH, 3), np.uint8))

    def logits(self, view: network_input.Pixels) -> np.ndarray:
        """Return the logits of a view on the grid, (144, 192), averaged over its turned copies."""
        neutral = network_input.neutral_light(view)
        # Each view on its own takes less memory than both at once, and no more time.
        turned = [
            self._logits(neutral[::down, ::across])[::down, ::across] for down, across in TURNS
        ]
        averaged: np.ndarray = np.mean(turned, 0)
        return averaged

    def _logits(self, pixels: network_input.Pixels) -> np.ndarray:
        (output,) = self._run(rgb=pixels[None].astype(np.float32)).values()
        logits: np.ndarray = output[0, ..., 0]
        return logits


class Outliner:
    """An outline model's folder, ready to answer."""

    def __init__(self, network: Network, model_card: OutlineCard) -> None:
        self.network = network
        self.card = model_card

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Return the outliner in a model folder, its files checked against the card.

        Raises:
            ModelError: the folder cannot be served; the message says what to do.
        """
        model_card = outline_card.read(folder)
        return cls(Network(folder / LITERT), model_card)

    def outline(self, image: Image.Image) -> Outline:
        """Return the outline of the lesion in an upright RGB photo of any size.

        Raises:
            OutlineError: the photo shows no lesion, or several.
        """
        return self.outline_at(image, image.size)

    def outline_at(self, image: Image.Image, size: tuple[int, int]) -> Outline:
        """Return the outline with its mask in the given size, (width, height).

        Raises:
            OutlineError: as `outline`.
        """
        pixels, logits = self.input_and_logits(image)
        logits = np.where(contour.beyond_tube(pixels), -contour.CLEAR, logits)
        patches = contour.patches(logits, self.card.limits.min_area)
        if not patches or not self._is_certain(logits, patches[0]):
            raise OutlineError(OutlineFault.NONE)
        lesion = contour.field(logits, patches[0])
        certainty = contour.confidence(logits, patches[0])
        outline = Outline(contour.mask(lesion, size), contour.polygon(lesion), certainty)
        if any(self._is_second(logits, patches[0], other) for other in patches[1:]):
            raise OutlineError(OutlineFault.SEVERAL, outline)
        return outline

    def mask(self, view: network_input.Pixels) -> np.ndarray | None:
        """Return the mask of a standard view, (150, 200) bool; None unless it shows one lesion."""
        try:
            return self.outline(Image.fromarray(view)).mask
        except OutlineError:
            return None

    def _is_certain(self, logits: np.ndarray, patch: np.ndarray) -> bool:
        return contour.confidence(logits, patch) >= self.card.limits.min_confidence

    def _is_second(self, logits: np.ndarray, largest: np.ndarray, other: np.ndarray) -> bool:
        is_large = other.sum() >= self.card.limits.several * largest.sum()
        is_plain = contour.plainness(logits, other) >= self.card.limits.min_second
        return bool(is_large and is_plain) and self._is_certain(logits, other)

    def input_and_logits(self, image: Image.Image) -> tuple[np.ndarray, np.ndarray]:
        """Return the network's input for a photo and its logits, in the photo's orientation."""
        view = grid.on_grid(network_input.standard_view(image))
        logits = self.network.logits(view) + self.card.limits.shift
        if image.height > image.width:
            # The standard view of a portrait photo is on its side.
            return np.rot90(view, -1), np.rot90(logits, -1)
        return view, logits
