"""The six colours of dermoscopy, and how much the lesion's colours vary."""

import numpy as np
from skimage.color import rgb2lab

from ml.features.lesion import Lesion, steps_to

# The colours of Stolz et al. 1994, each with a typical sRGB value.
TYPICAL = {
    "white": (236, 230, 226),
    "red": (188, 76, 76),
    "light_brown": (170, 116, 84),
    "dark_brown": (96, 60, 46),
    "blue_grey": (104, 108, 122),
    "black": (32, 26, 26),
}
REFERENCES = rgb2lab(np.array([list(TYPICAL.values())], np.uint8))[0]
SKIN = (13.0, 16.0)  # a* and b* of light skin
LIGHTNESS = 75.0  # L* of light skin, used if too little skin is visible
HALO = 5  # px around the lesion that count neither as lesion nor as skin
ENOUGH = 50  # px of skin
PRESENT = 0.05  # share of the lesion, as in Kasmi and Mokrani, IET Image Processing 10 (2016)


def shares(lesion: Lesion) -> np.ndarray:
    """Return each colour's share of the lesion in the order of `TYPICAL`, (6,).

    A pixel counts for the nearest colour in CIELAB. It counts as white only if it is lighter than
    the surrounding skin (Stolz et al. 1994). Lamps and cameras tint skin and lesion alike, so a*
    and b* are shifted until the skin has the values of `SKIN`.
    """
    skin = _skin(lesion)
    colours = lesion.colours - [0, skin[1] - SKIN[0], skin[2] - SKIN[1]]
    # Squared distances minus the squared norm of the pixel, which is the same for every colour.
    distances = np.square(REFERENCES).sum(-1) - 2 * colours @ REFERENCES.T
    distances[colours[:, 0] <= skin[0], 0] = np.inf
    counts = np.bincount(distances.argmin(1), minlength=len(TYPICAL))
    result: np.ndarray = counts / counts.sum()
    return result


def count(shares_: np.ndarray) -> int:
    """Return the number of colours that cover at least a twentieth of the lesion."""
    return int((shares_ >= PRESENT).sum())


def variegation(lesion: Lesion) -> float:
    """Return the root mean square distance, ΔE*ab, of the lesion's colours from their mean."""
    return float(np.sqrt(lesion.colours.var(0).sum()))


def _skin(lesion: Lesion) -> np.ndarray:
    """Return the skin's median CIELAB colour, (3,), or light skin's if too little is visible."""
    around = lesion.lab[steps_to(lesion.mask) > HALO]
    if len(around) < ENOUGH:
        return np.array([LIGHTNESS, *SKIN])
    skin: np.ndarray = np.median(around, axis=0)
    return skin
