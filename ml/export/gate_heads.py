"""Fits linear classifiers (heads) to a network's features, for content and for kind of photo."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from ml.augmentation import random_changes, refused_scenes
from ml.augmentation.refused_scenes import Maker, Outlined
from ml.data.cache import Dataset
from ml.export import gate_fit, linear_heads
from ml.export.linear_heads import Examples, Head
from ml.labels import Kind
from ml.preprocessing import network_input
from ml.preprocessing.network_input import Pixels
from ml.serving.gate import Scene

BATCH = 16
FITTED = ("train", "valid")
# The maximum number of pictures for each split and each kind of photo. Augmented lesions teach the
# gate to accept photos from other clinics.
OUTLINED = {"train": 300, "valid": 100}  # photos whose spots are cut out
MADE = {"train": 300, "valid": 100}  # pictures composed by each of `MAKERS`
AUGMENTED = {"train": 1000, "valid": 200}
# Of every three photos of things other than lesions, the first is for fitting, the second for
# choosing the regularisation, the third for measuring.
THIRDS = {"train": 0, "valid": 1}
MEASURED_THIRD, STEP = 2, 3

# Computes the heads' input: RGB in [0, 255], (n, 150, 200, 3) -> (n, d).
Embed = Callable[[np.ndarray], np.ndarray]

MAKERS: Mapping[Scene, tuple[Maker, ...]] = {
    Scene.LESION: (refused_scenes.one_spot,),
    Scene.NO_SPOT: (refused_scenes.bare_skin, refused_scenes.far_spot),
    Scene.SEVERAL_SPOTS: (refused_scenes.several_spots, refused_scenes.several_photos),
    Scene.SCREENSHOT: (refused_scenes.screenshot,),
}
PLACES = {scene: place for place, scene in enumerate(Scene)}


class Heads(NamedTuple):
    """One head per `Kind` classifies the pictures' content. Another head tells the kinds apart."""

    scenes: list[Head]
    kind: Head | None  # None: the data have only one kind


class RefusedPictures(NamedTuple):
    """The material from which pictures for the gate are composed."""

    pictures: Path  # a folder or a zip of photos of things other than lesions
    # returns the mask of the spot, (150, 200) bool; None if there is no spot or more than one
    outline: Callable[[Pixels], np.ndarray | None]


def fit(embed: Embed, data: Dataset, refused: RefusedPictures) -> Heads:
    """Return the heads, fitted to the `train` split.

    Each head has the regularisation with the least log loss on the `valid` split.
    """
    lesions = {split: _lesions(embed, data, split) for split in FITTED}
    others = {split: _others(embed, refused, split) for split in FITTED}
    scenes = []
    for kind in Kind:
        train, valid = (
            Examples.joined(
                lesions[split].of(kind), *_made(embed, data, refused, (kind, split)), *others[split]
            )
            for split in FITTED
        )
        scenes.append(linear_heads.fit(train, valid, len(Scene)))
    return Heads(scenes, kind_head(lesions["train"], lesions["valid"]))


class LesionInputs(NamedTuple):
    """The heads' input for a split's lesions, and for augmented copies of some of them."""

    features: np.ndarray
    kinds: np.ndarray
    sources: np.ndarray
    augmented: np.ndarray
    augmented_kinds: np.ndarray

    def of(self, kind: Kind) -> Examples:
        """Return the lesions of one kind, or all lesions if none is of that kind."""
        chosen = [_is_kind(kinds, kind) for kinds in (self.kinds, self.augmented_kinds)]
        features = np.concatenate([self.features[chosen[0]], self.augmented[chosen[1]]])
        strata = np.concatenate([self.sources[chosen[0]], np.repeat("augmented", chosen[1].sum())])
        return Examples(features, np.full(len(features), PLACES[Scene.LESION]), strata)


def kind_head(train: LesionInputs, valid: LesionInputs) -> Head | None:
    """Return the head that separates dermoscopic from camera photos, or None if a kind is missing.

    The head is fitted to the lesions' photos, without augmented copies. Within each kind, all
    sources have equal weight: otherwise HAM10000's dermatoscopes would dominate.
    """
    if len(np.unique(train.kinds)) < len(Kind):
        return None
    has_both = len(np.unique(valid.kinds)) == len(Kind)
    return linear_heads.fit(_kinds(train), _kinds(valid if has_both else train))


def _kinds(lesions: LesionInputs) -> Examples:
    is_dermoscopic = (lesions.kinds == Kind.DERMOSCOPIC).astype(int)
    return Examples(lesions.features, is_dermoscopic, lesions.sources)


def _is_kind(kinds: np.ndarray, kind: Kind) -> np.ndarray:
    chosen: np.ndarray = kinds == kind
    return chosen if chosen.any() else np.ones(len(kinds), bool)


def _lesions(embed: Embed, data: Dataset, split: str) -> LesionInputs:
    rows = data.rows(split)
    augmented_rows = np.concatenate([_spread(data, split, kind, AUGMENTED[split]) for kind in Kind])
    neutral = network_input.neutral_light(data.pixels[augmented_rows])
    augmented = np.asarray(random_changes.augment(neutral, (0, 0)))
    return LesionInputs(
        row_inputs(embed, data, rows),
        data.kinds[rows],
        data.sources[rows],
        _features(embed, augmented),
        data.kinds[augmented_rows],
    )


def _spread(data: Dataset, split: str, kind: Kind, count: int) -> np.ndarray:
    """Return at most this many rows of a split and kind, about equally many of each source.

    If the split has no rows of that kind, return rows of any kind.
    """
    rows = data.rows(split)
    rows = rows[_is_kind(data.kinds[rows], kind)]
    of_source = [rows[data.sources[rows] == source] for source in np.unique(data.sources[rows])]
    share = max(count // max(len(of_source), 1), 1)
    return np.concatenate([members[:: len(members) // share + 1] for members in of_source])


def row_inputs(embed: Embed, data: Dataset, rows: np.ndarray) -> np.ndarray:
    """Return the heads' input for pictures, (n, d). About half the pictures are turned by 180°."""
    parts = tqdm(np.array_split(rows, max(len(rows) // BATCH, 1)), "computing inputs", unit="batch")
    return np.concatenate([embed(_half_turned(data.pixels[part])) for part in parts])


def _half_turned(pixels: np.ndarray) -> np.ndarray:
    neutral = network_input.neutral_light(pixels)
    neutral[1::2] = neutral[1::2, ::-1, ::-1].copy()
    return neutral


def _made(
    embed: Embed, data: Dataset, refused: RefusedPictures, kind_and_split: tuple[Kind, str]
) -> Iterator[Examples]:
    """Yield composed pictures of one kind and split, as examples for the head."""
    for scene, by_maker in made(data, refused, *kind_and_split, seed=0).items():
        for name, pictures in by_maker.items():
            yield _examples(embed, pictures, scene, name)


def _examples(embed: Embed, pictures: np.ndarray, scene: Scene, name: str) -> Examples:
    count = len(pictures)
    inputs = _features(embed, _half_turned(pictures))
    return Examples(inputs, np.full(count, PLACES[scene]), np.full(count, name))


def made(
    data: Dataset, refused: RefusedPictures, kind: Kind, split: str, *, seed: int
) -> dict[Scene, dict[str, np.ndarray]]:
    """Return composed pictures by their content and by the name of their maker."""
    photos = list(_outlined(data, refused, _spread(data, split, kind, OUTLINED[split])))
    # `train` and `valid` get the same random numbers, since both words have five letters. This must
    # stay so: the shipped heads were fitted to these pictures.
    generator = np.random.default_rng((seed, len(split)))
    by_scene = {
        scene: {
            maker.__name__: refused_scenes.make(maker, photos, MADE[split], generator)
            for maker in makers
        }
        for scene, makers in MAKERS.items()
    }
    return {
        scene: {name: pictures for name, pictures in by_maker.items() if len(pictures)}
        for scene, by_maker in by_scene.items()
    }


def measured(data: Dataset, refused: RefusedPictures, kind: Kind) -> dict[Scene, np.ndarray]:
    """Return pictures for measuring, by content. No head was fitted to them.

    Composed pictures are made from photos of the `valid` split.
    """
    pictures = {
        scene: np.concatenate([*by_maker.values()])
        for scene, by_maker in made(data, refused, kind, "valid", seed=1).items()
        if by_maker
    }
    others = gate_fit.other_views(refused.pictures, MEASURED_THIRD, STEP)
    return pictures | {Scene.NOT_SKIN: others}


def _outlined(data: Dataset, refused: RefusedPictures, rows: np.ndarray) -> Iterator[Outlined]:
    for row in tqdm(rows, "outlining", unit="image"):
        pixels = np.asarray(data.pixels[row])
        mask = refused.outline(pixels)
        if mask is not None:
            yield Outlined(pixels, mask)


def _others(embed: Embed, refused: RefusedPictures, split: str) -> list[Examples]:
    """Return photos of things other than lesions, and drawings."""
    place = THIRDS[split]
    photographs = gate_fit.other_views(refused.pictures, place, STEP)
    drawings = gate_fit.drawn_views(place * gate_fit.DRAWINGS)
    return [
        _examples(embed, photographs, Scene.NOT_SKIN, "photographs"),
        _examples(embed, drawings, Scene.NOT_SKIN, "drawings"),
    ]


def _features(embed: Embed, neutral: np.ndarray) -> np.ndarray:
    """Return the heads' input, (n, d), for pictures, (n, 150, 200, 3) with values in [0, 255]."""
    parts = np.array_split(neutral, max(len(neutral) // BATCH, 1))
    return np.concatenate([embed(part) for part in parts])
