"""`python -m ml robustness`: measures how changes of a photo affect the answer."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml.data.cache import Dataset
from ml.data.ground_truth import NOT_MELANOMA
from ml.evaluation.robustness.photo_changes import CHANGES, Pair
from ml.labels import Kind, Tier
from ml.serving.classifier import Classification, Classifier

STRENGTHS = ("mild", "strong")
# Pictures in the cache are small. They are enlarged to this size first, so that the overlays drawn
# on them are as fine as on a full-size photo.
SIZE = (600, 450)
ORDER = (Tier.WATCH, Tier.SOON, Tier.URGENT)


@dataclass(frozen=True)
class Effect:
    """The effect of a change on photos of one kind.

    `moved`, `down` and `refused` are shares, 0-1, of the photos that had a tier before the change.
    """

    kind: str
    change: str
    strength: str
    median: float  # median absolute change in the calibrated probability of cancer
    moved: float  # share with another tier, or none
    down: float  # share with a less urgent tier, or none
    # loss of sensitivity: by how much the share of flagged cancers falls
    lost: float
    refused: float  # share without a tier after the change: refused, or without an answer


def measure(classifier: Classifier, data: Dataset, count: int, seed: int) -> list[Effect]:
    """Return the effect of each change, for each kind of photo in the model's card.

    Args:
        classifier: the model.
        data: only its `valid` split is used.
        count: number of photos of each kind; half are cancers if there are enough.
        seed: seed for choosing the photos and drawing the overlays.
    """
    return [
        effect
        for kind in classifier.card.kinds
        for effect in _of_kind(classifier, data, kind, (choose(data, kind, count, seed), seed))
    ]


def choose(data: Dataset, kind: Kind, count: int, seed: int) -> np.ndarray:
    """Return rows of `valid` photos of one kind, half of them cancers if possible.

    Photos that are only known not to show melanoma are left out.
    """
    named = (data.kinds == kind) & (data.diagnoses != NOT_MELANOMA) & (data.splits == "valid")
    generator = np.random.default_rng(seed)
    cancers, others = (
        generator.permutation(np.flatnonzero(named & (data.cancer == is_cancer)))
        for is_cancer in (True, False)
    )
    half = min(count // 2, len(cancers))
    return np.sort(np.concatenate([cancers[:half], others[: count - half]]))


def _of_kind(
    classifier: Classifier, data: Dataset, kind: Kind, drawn: tuple[np.ndarray, int]
) -> Iterator[Effect]:
    rows, seed = drawn
    photos = [
        Image.fromarray(data.pixels[row]).resize(SIZE, Image.Resampling.BICUBIC) for row in rows
    ]
    plain = [classifier.classify(photo, kind) for photo in tqdm(photos, f"{kind}, unchanged")]
    for name, pairs in CHANGES.items():
        for strength, pair in zip(STRENGTHS, pairs, strict=True):
            before, after = [], []
            for number, photo in enumerate(
                tqdm(photos, f"{kind}, {name}, {strength}", leave=False)
            ):
                generator = np.random.default_rng((seed, number))
                after.append(classifier.classify(pair.change(photo, generator), kind))
                before.append(_reference(classifier, pair, (photo, plain[number]), kind))
            yield effect(before, after, data.cancer[rows], (kind, name, strength))


def _reference(
    classifier: Classifier, pair: Pair, photo: tuple[Image.Image, Classification], kind: Kind
) -> Classification:
    image, answer = photo
    compared = pair.reference(image, np.random.default_rng(0))
    return answer if compared is image else classifier.classify(compared, kind)


def effect(
    before: list[Classification],
    after: list[Classification],
    cancer: np.ndarray,
    names: tuple[str, str, str],
) -> Effect:
    """Return the effect of a change.

    Args:
        before: answers to the photos without the change.
        after: answers to the same photos with the change.
        cancer: whether each photo shows cancer, (n,) bool.
        names: kind of photo, change and strength.
    """
    levels = np.array([[_level(answer) for answer in answers] for answers in (before, after)])
    answered = levels[0] >= 0
    old, new = levels[:, answered]
    figures = [
        abs(earlier.cancer - other.cancer)
        for earlier, other in zip(before, after, strict=True)
        if earlier.cancer is not None and other.cancer is not None
    ]
    flagged = (levels > 0)[:, cancer].sum(1)
    return Effect(
        *names,
        median=_rounded(np.median(figures)) if figures else 0.0,
        moved=_share(old != new),
        down=_share(new < old),
        lost=_rounded((flagged[0] - flagged[1]) / max(int(cancer.sum()), 1)),
        refused=_share(new < 0),
    )


def _level(answer: Classification) -> int:
    """Return how urgent a tier is, 0 to 2, or -1 without a tier."""
    return -1 if answer.tier is None else ORDER.index(answer.tier)


def _share(chosen: np.ndarray) -> float:
    return _rounded(chosen.mean()) if len(chosen) else 0.0


def _rounded(value: Any) -> float:
    return round(float(value), 4)


def write(effects: list[Effect], version: str, record: Path) -> None:
    content = {"model": version, "effects": [asdict(effect) for effect in effects]}
    record.write_text(json.dumps(content, indent=1) + "\n")
