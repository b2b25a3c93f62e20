"""Changes that happen to photos in practice, each at two strengths, mild and strong."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from ml.augmentation import overlays
from ml.augmentation.overlays import Overlay
from ml.preprocessing.framing import ASPECT

Change = Callable[[Image.Image, np.random.Generator], Image.Image]


class Pair(NamedTuple):
    """A change, and the function that returns the photo to compare with, usually the original."""

    change: Change
    reference: Change


def _same(photo: Image.Image, _: np.random.Generator) -> Image.Image:
    return photo


def _disc(photo: Image.Image, _: np.random.Generator, *, share: float) -> Image.Image:
    """The view of a phone on a dermatoscope: a disc on black, with this share of the height."""
    mask = Image.new("L", photo.size)
    middle, radius = np.array(photo.size) / 2, share * photo.height / 2
    ImageDraw.Draw(mask).ellipse([*(middle - radius), *(middle + radius)], 255)
    soft = mask.filter(ImageFilter.GaussianBlur(photo.height / 200))
    return Image.composite(photo, Image.new("RGB", photo.size), soft)


def _inside_disc(photo: Image.Image, _: np.random.Generator, *, share: float) -> Image.Image:
    """The largest 4:3 rectangle inside the disc of `_disc`."""
    half_height = share * photo.height / 2 / np.hypot(1, ASPECT)
    half = np.array([half_height * ASPECT, half_height])
    middle = np.array(photo.size) / 2
    left, top = np.rint(middle - half)
    right, bottom = np.rint(middle + half)
    return photo.crop((left, top, right, bottom))


def _bars(photo: Image.Image, generator: np.random.Generator, *, share: float) -> Image.Image:
    """A screenshot: grey bars above and below, each with this share of the height."""
    bar, level = round(share * photo.height), int(generator.choice([0, 32, 250, 255]))
    screen = Image.new("RGB", (photo.width, photo.height + 2 * bar), (level,) * 3)
    screen.paste(photo, (0, bar))
    return screen


def _vignette(photo: Image.Image, _: np.random.Generator, *, strength: float) -> Image.Image:
    y, x = np.mgrid[-1 : 1 : photo.height * 1j, -1 : 1 : photo.width * 1j]
    light = 1 - strength * np.clip((np.hypot(x, y) - 0.6) / 0.8, 0, 1)
    return _pixels(np.asarray(photo) * light[..., None])


def _overlaid(
    photo: Image.Image, generator: np.random.Generator, *, draw: Callable[..., Overlay]
) -> Image.Image:
    opacity, colour = draw(generator)
    sheet = Image.fromarray(np.rint(opacity[..., 0] * 255).astype(np.uint8))
    wide = np.asarray(sheet.resize(photo.size, Image.Resampling.BICUBIC), np.float32) / 255
    pixels = np.asarray(photo, np.float32)
    return _pixels(pixels + wide[..., None] * (colour - pixels))


def _flash(photo: Image.Image, generator: np.random.Generator, *, size: float) -> Image.Image:
    y, x = np.mgrid[-1 : 1 : photo.height * 1j, -1 : 1 : photo.width * 1j]
    across, down = generator.uniform(-0.6, 0.6, 2)
    light = np.exp(-((x - across) ** 2 + (y - down) ** 2) / size)[..., None]
    pixels = np.asarray(photo, np.float32)
    return _pixels(pixels + light * (255 - pixels))


def _compressed(photo: Image.Image, _: np.random.Generator, *, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def _lamp(photo: Image.Image, generator: np.random.Generator, *, tint: float) -> Image.Image:
    gains = np.exp(generator.choice([-1, 1]) * np.log(tint) * np.array([1, 0, -1]))
    return _pixels(np.asarray(photo) * gains)


def _lit(photo: Image.Image, _: np.random.Generator, *, brightness: float) -> Image.Image:
    return ImageEnhance.Brightness(photo).enhance(brightness)


def _sharpened(photo: Image.Image, _: np.random.Generator, *, percent: int) -> Image.Image:
    return photo.filter(ImageFilter.UnsharpMask(2, percent, 0))


def _blurred(photo: Image.Image, _: np.random.Generator, *, radius: float) -> Image.Image:
    return photo.filter(ImageFilter.GaussianBlur(radius * photo.width / 200))


def _nearer(photo: Image.Image, _: np.random.Generator, *, zoom: float) -> Image.Image:
    middle, half = np.array(photo.size) / 2, np.array(photo.size) / 2 / zoom
    (left, top), (right, bottom) = middle - half, middle + half
    return photo.resize(photo.size, Image.Resampling.BICUBIC, (left, top, right, bottom))


def _farther(photo: Image.Image, _: np.random.Generator, *, zoom: float) -> Image.Image:
    """The photo from farther away, surrounded by its own mirrored skin."""
    small = photo.resize([round(side / zoom) for side in photo.size], Image.Resampling.BICUBIC)
    pixels = np.asarray(small)
    margins = [(side - inner) // 2 for side, inner in zip(photo.size, small.size, strict=True)]
    ends = [s - i - m for s, i, m in zip(photo.size, small.size, margins, strict=True)]
    pads = [(margins[1], ends[1]), (margins[0], ends[0]), (0, 0)]
    return Image.fromarray(np.pad(pixels, pads, mode="symmetric"))


def _pixels(values: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _strengths(
    change: Callable[..., Image.Image], name: str, mild: float, strong: float
) -> tuple[Pair, Pair]:
    mildly, strongly = (Pair(partial(change, **{name: value}), _same) for value in (mild, strong))
    return mildly, strongly


def _discs(mild: float, strong: float) -> tuple[Pair, Pair]:
    mildly, strongly = (
        Pair(partial(_disc, share=share), partial(_inside_disc, share=share))
        for share in (mild, strong)
    )
    return mildly, strongly


def _drawn(mild: Callable[..., Overlay], strong: Callable[..., Overlay]) -> tuple[Pair, Pair]:
    mildly, strongly = (Pair(partial(_overlaid, draw=draw), _same) for draw in (mild, strong))
    return mildly, strongly


def _twice(draw: Callable[[np.random.Generator], Overlay]) -> Callable[..., Overlay]:
    def both(generator: np.random.Generator) -> Overlay:
        first, second = draw(generator), draw(generator)
        return Overlay(np.maximum(first.opacity, second.opacity), first.colour)

    return both


# A mild change is common in photos, a strong change is rare.
CHANGES: Mapping[str, tuple[Pair, Pair]] = {
    "disc in black": _discs(0.95, 0.75),
    "bars of a screenshot": _strengths(_bars, "share", 0.15, 0.5),
    "dark corners": _strengths(_vignette, "strength", 0.4, 0.9),
    "hairs": _drawn(partial(overlays.hairs, count=6), partial(overlays.hairs, count=25)),
    "ruler": _drawn(overlays.ruler, _twice(overlays.ruler)),
    "ink": _drawn(overlays.ink, _twice(overlays.ink)),
    "gel bubbles": _drawn(overlays.bubbles, _twice(overlays.bubbles)),
    "flash spot": _strengths(_flash, "size", 0.01, 0.06),
    "JPEG": _strengths(_compressed, "quality", 70, 30),
    "lamp": _strengths(_lamp, "tint", 1.08, 1.25),
    "darker": _strengths(_lit, "brightness", 0.85, 0.6),
    "brighter": _strengths(_lit, "brightness", 1.12, 1.3),
    "sharpened": _strengths(_sharpened, "percent", 80, 200),
    "blurred": _strengths(_blurred, "radius", 0.5, 1.2),
    "nearer": _strengths(_nearer, "zoom", 1.15, 1.5),
    "farther": _strengths(_farther, "zoom", 1.2, 1.6),
}
