"""Decides whether a photo can be read, by measures of quality and a score of the network.

The measures are taken on the standard view (200 x 150 px), so that they do not depend on the size
of the picture. Their limits are in the model's card.
"""

from enum import StrEnum
from typing import NamedTuple

import numpy as np

from ml.preprocessing.network_input import Pixels

# ITU-R BT.601 luma.
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
BURNT_OUT = 250


class Refusal(StrEnum):
    """The reason why a photo cannot be judged."""

    TOO_DARK = "too_dark"
    OVER_EXPOSED = "over_exposed"
    BLURRED = "blurred"
    NOT_A_LESION = "not_a_lesion"
    NOT_SKIN = "not_skin"
    SEVERAL_SPOTS = "several_spots"
    TOO_SMALL = "too_small"
    SCREENSHOT = "screenshot"


class Scene(StrEnum):
    """The contents that the gate's head distinguishes, in the order of its outputs."""

    LESION = "lesion"
    NO_SPOT = "no_spot"
    SEVERAL_SPOTS = "several_spots"
    NOT_SKIN = "not_skin"
    SCREENSHOT = "screenshot"


REFUSALS = {
    Scene.NO_SPOT: Refusal.NOT_A_LESION,
    Scene.SEVERAL_SPOTS: Refusal.SEVERAL_SPOTS,
    Scene.NOT_SKIN: Refusal.NOT_SKIN,
    Scene.SCREENSHOT: Refusal.SCREENSHOT,
}


class Quality(NamedTuple):
    """Measures of one standard view."""

    # 90th percentile of luma, 0-255: the level of the skin, even around a large dark lesion
    brightness: float
    burnt_out: float  # share of pixels at 250 or more in every channel, 0-1
    detail: float  # standard deviation of the Laplacian of luma, grey levels


class GateLimits(NamedTuple):
    """A photo beyond any of these is refused."""

    min_brightness: float
    max_burnt_out: float
    min_detail: float
    min_lesion_score: float  # log-odds that the picture shows one lesion, uncalibrated


def measure(view: Pixels) -> Quality:
    """Return the quality of a standard view, RGB uint8 (150, 200, 3)."""
    luma = view.astype(np.float32) @ LUMA
    inner = luma[1:-1, 1:-1]
    neighbours = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    return Quality(
        brightness=float(np.percentile(luma, 90)),
        burnt_out=float((view >= BURNT_OUT).all(-1).mean()),
        detail=float((neighbours - 4 * inner).std()),
    )


def refuse_quality(quality: Quality, limits: GateLimits) -> Refusal | None:
    """Return why a photo of this quality cannot be read, or None."""
    if quality.brightness < limits.min_brightness:
        return Refusal.TOO_DARK
    if quality.burnt_out > limits.max_burnt_out:
        return Refusal.OVER_EXPOSED
    if quality.detail < limits.min_detail:
        return Refusal.BLURRED
    return None


def lesion_odds(scenes: np.ndarray) -> np.ndarray:
    """Return the log-odds that each picture shows exactly one lesion.

    The last axis of `scenes` has the gate's logits, one for each scene.
    """
    odds: np.ndarray = scenes[..., 0] - np.logaddexp.reduce(scenes[..., 1:], -1)
    return odds


def refuse_scene(scenes: np.ndarray) -> Refusal:
    """Return why a picture that does not show exactly one lesion is refused.

    The reason is the likeliest of the other contents.
    """
    return [*REFUSALS.values()][int(scenes[1:].argmax())]
