"""The strengths of augmentation."""

from typing import NamedTuple


class Ranges(NamedTuple):
    """The largest extent of each change. An earlier served model was trained with the defaults.

    `STILL` has, for each change, the value that changes nothing. A change with that value costs
    no time.
    """

    rotation: tuple[float, float] = (0.0, 360.0)  # degrees, from and to
    zoom: float = 1.35  # scale from 1/zoom to zoom
    stretch: float = 1.15  # ratio of width to height, from 1/stretch to stretch
    side_zoom: float = 0.0  # scale of each side separately, from 1 - side_zoom to 1 + side_zoom
    width_shift: float = 0.08  # share of the width, to either side
    height_shift: float = 0.08
    horizontal_flip: bool = False  # mirrors half of the pictures, drawn at random
    vertical_flip: bool = True
    right_angles: bool = False  # turns by 0, 90, 180 or 270 degrees, before `rotation`
    fill_mode: str = "reflect"  # pixels beyond the edges: nearest, reflect, constant (black), wrap
    rescale: tuple[float, float] = (1.0, 1.0)  # gain of the RGB values, from and to
    brightness: float = 0.18  # largest value that is added or subtracted, as a share of 255
    contrast: float = 1.3  # factor from 1/contrast to contrast
    saturation: float = 1.3  # factor from 1/saturation to saturation
    tint: float = 1.08  # gain of each channel, for the colour casts left by colour constancy
    noise: float = 6.0  # largest standard deviation, in grey levels
    compressed: float = 0.5  # share of pictures that go through JPEG
    blurred: float = 0.5  # share of pictures that lose fine detail
    cutout: float = 0.0  # sides of the covered rectangle, as a share of the picture's sides
    overlaid: float = 0.0  # share of pictures with hairs, a ruler, ink or bubbles (`overlays`)
    vignette: float = 0.0  # share of pictures whose corners go dark
    glare: float = 0.0  # share of pictures with a spot of flash light
    sharpened: float = 0.0  # share of pictures that are sharpened as phones do
    gamma: float = 1.0  # exponent of the RGB values, from 1/gamma to gamma


SERVED = Ranges()

STILL = Ranges(
    rotation=(0.0, 0.0),
    zoom=1.0,
    stretch=1.0,
    width_shift=0.0,
    height_shift=0.0,
    vertical_flip=False,
    brightness=0.0,
    contrast=1.0,
    saturation=1.0,
    tint=1.0,
    noise=0.0,
    compressed=0.0,
    blurred=0.0,
)

# For clinics with other lamps, cameras and distances than HAM10000's two clinics.
STRONG = SERVED._replace(
    zoom=1.6,
    stretch=1.3,
    width_shift=0.12,
    height_shift=0.12,
    brightness=0.25,
    contrast=1.6,
    saturation=1.7,
    tint=1.2,
    noise=10.0,
    blurred=0.7,
    cutout=0.3,
)

# The settings of the first SkinScreen's ImageDataGenerator. Its rescale=1/255 was also applied at
# inference, so here it is a layer of the network instead of a random change.
ORIGINAL = STILL._replace(
    rotation=(-40.0, 40.0),
    width_shift=0.2,
    height_shift=0.2,
    side_zoom=0.2,
    horizontal_flip=True,
    fill_mode="nearest",
)

# Only flips. Colour, size and all other clues in the pictures stay unchanged.
FLIPPED = STILL._replace(horizontal_flip=True, vertical_flip=True)

# For photos from any clinic and any phone.
ANYWHERE = SERVED._replace(
    zoom=1.6,
    stretch=1.2,
    width_shift=0.1,
    height_shift=0.1,
    brightness=0.2,
    contrast=1.4,
    saturation=1.5,
    tint=1.12,
    noise=8.0,
    blurred=0.5,
    overlaid=0.3,
    vignette=0.2,
    glare=0.15,
    sharpened=0.2,
    gamma=1.3,
)

BY_NAME = {
    "anywhere": ANYWHERE,
    "original": ORIGINAL,
    "served": SERVED,
    "strong": STRONG,
    "flipped": FLIPPED,
}
