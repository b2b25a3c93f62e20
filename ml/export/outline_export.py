"""Makes a model folder from a training run of the outline network, with limits and figures."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from PIL import Image
from tqdm import tqdm

from ml.architectures import litert
from ml.data import picture_files, run_settings
from ml.data.cache import Dataset
from ml.errors import OperatorError
from ml.export import gate_fit, model_folder
from ml.preprocessing import images
from ml.segmentation import contour, lesion_masks, outline_quality
from ml.segmentation.grid import HEIGHT, WIDTH
from ml.segmentation.outline_card import Limits, OutlineCard, Times
from ml.segmentation.outline_quality import Case
from ml.segmentation.outliner import Network, OutlineError, Outliner
from ml.serving.card import KERAS, LITERT, Source
from ml.serving.classifier import Classifier
from ml.training.training_loop import BEST

MASK_SIZE = (300, 225)
ARCHITECTURE = "U-Net on the first blocks of EfficientNet-Lite0"
SOURCE = (
    "HAM10000 and its lesion masks",
    "CC BY-NC 4.0",
    "Tschandl et al., Nature Medicine 26 (2020)",
)
# Least area of a lesion, as a share of the picture. HAM10000's smallest lesions are three times as
# large.
MIN_AREA = 0.003
# Least area of a second lesion, relative to the first. A smaller patch is a satellite or a stain.
SEVERAL = 0.14
# The largest shares of `valid` lesions to refuse: as no lesion, and as several lesions. Then the
# share of pictures of other things to refuse, unless that would refuse too many lesions.
REFUSED_LESIONS, REFUSED_SEVERAL, REFUSED_OTHERS = 0.005, 0.008, 0.99
SHIFTS = (-0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
PHOTO = (1024, 768)  # size of the photo for measuring times
TIMED = 30


class Sets(NamedTuple):
    """The pictures that an export needs besides HAM10000's."""

    masks: Path
    others: Path  # photos without a skin lesion; half of them are for fitting the limits
    external: dict[str, tuple[Path, Path]]  # name -> pictures, masks; only for measuring
    every: int = 1


def export(data: Dataset, run: Path, sets: Sets, classifier: Path, folder: Path) -> OutlineCard:
    """Write the run's best network as a model folder and return its card.

    Every `sets.every`th picture of HAM10000 and of the other pictures is measured. The limits come
    from the `valid` split and one half of the other pictures.

    Raises:
        OperatorError: the run has no trained network yet or was trained on other splits, a set is
            missing, or the version exists already.
    """
    if not (run / BEST).exists():
        raise OperatorError(f"No trained network in {run}: run `python -m ml train-outline` first.")
    run_settings.require_splits(run, data)
    with model_folder.fresh_folder(folder) as fresh:
        _write_files(keras.saving.load_model(run / BEST, compile=False), fresh)
        card = _measured(data, sets, classifier, fresh)
        card.write(fresh)
    return card


def _measured(data: Dataset, sets: Sets, classifier: Path, folder: Path) -> OutlineCard:
    """Return the card of the folder's files, with fitted limits and all figures."""
    outliner = Outliner(Network(folder / LITERT), _first_card(data, folder))
    splits = ("valid", "test")
    cases = {split: list(of_split(data, sets.masks, split, sets.every)) for split in splits}
    others = [gate_fit.other_views(sets.others, half)[:: sets.every] for half in (0, 1)]
    outliner = with_limits(outliner, cases["valid"], others[0])
    cases |= {name: list(of_files(*paths)) for name, paths in sets.external.items()}
    return replace(
        outliner.card,
        reports={name: outline_quality.report(outliner, of_set) for name, of_set in cases.items()},
        refused_others=count_faults(outliner, others[1]),
        refused_pairs=count_faults(
            outliner, pairs(np.stack([np.asarray(case.image) for case in cases["test"]]))
        ),
        times=times(outliner, Classifier.load(classifier), cases["test"]),
    )


def _write_files(trained: keras.Model, folder: Path) -> None:
    published = keras.Model(trained.input, trained.output, name="outline")
    # Rounded weights compress to half their size, and LiteRT stores the same numbers in 16 bits.
    published.set_weights([w.astype(np.float16).astype(np.float32) for w in trained.get_weights()])
    litert.write_keras(published, folder / KERAS)
    litert.write_litert(published, folder / LITERT)


def _first_card(data: Dataset, folder: Path) -> OutlineCard:
    return OutlineCard(
        version=folder.name,
        created=datetime.now(UTC).date().isoformat(),
        architecture=ARCHITECTURE,
        files={name: sha256((folder / name).read_bytes()).hexdigest() for name in (KERAS, LITERT)},
        data=Source(*SOURCE, {s: len(data.rows(s)) for s in ("train", "valid", "test")}),
        height=HEIGHT,
        width=WIDTH,
        limits=Limits(0.0, MIN_AREA, 1.0),
    )


def with_limits(outliner: Outliner, cases: list[Case], others: np.ndarray) -> Outliner:
    """Return the outliner with limits from the `valid` split and from pictures of other things."""
    all_logits = [
        outliner.input_and_logits(case.image)[1] for case in tqdm(cases, "fitting", unit="image")
    ]
    truths = [case.truth for case in cases]
    shift = max(
        SHIFTS, key=lambda shift: _overlap([logits + shift for logits in all_logits], truths)
    )
    confidences, seconds = np.array([likeness(logits + shift) for logits in all_logits]).T
    views = [Image.fromarray(view) for view in others]
    strange = [likeness(outliner.input_and_logits(view)[1] + shift)[0] for view in views]
    highest = np.quantile(confidences, REFUSED_LESIONS)
    limits = Limits(
        min_confidence=round(float(min(highest, np.quantile(strange, REFUSED_OTHERS))), 3),
        min_area=MIN_AREA,
        several=SEVERAL,
        shift=shift,
        min_second=round(float(np.quantile(seconds, 1 - REFUSED_SEVERAL)), 2),
    )
    return Outliner(outliner.network, replace(outliner.card, limits=limits))


def _overlap(all_logits: list[np.ndarray], truths: list[np.ndarray]) -> float:
    """Return the mean Dice coefficient of each map's largest patch and its true mask."""
    overlaps = []
    for logits, truth in zip(all_logits, truths, strict=True):
        largest = next(iter(contour.patches(logits, MIN_AREA)), logits > 0)
        drawn = contour.mask(contour.field(logits, largest), truth.shape[::-1])
        overlaps.append(outline_quality.dice(drawn, truth))
    return float(np.mean(overlaps))


def likeness(logits: np.ndarray) -> tuple[float, float]:
    """Return the largest patch's confidence, and the highest mean logit of other large patches."""
    patches = contour.patches(logits, MIN_AREA)
    if not patches:
        return 0.0, 0.0
    large = [other for other in patches[1:] if other.sum() >= SEVERAL * patches[0].sum()]
    second = max((contour.plainness(logits, other) for other in large), default=0.0)
    return contour.confidence(logits, patches[0]), second


def of_split(data: Dataset, folder: Path, split: str, every: int = 1) -> Iterator[Case]:
    """Yield a split's pictures, or every nth picture, with their masks in `MASK_SIZE`."""
    rows = data.rows(split)[::every]
    truths = lesion_masks.read(data.take(rows), folder, MASK_SIZE) > lesion_masks.HALF
    for row, truth in zip(rows, truths, strict=True):
        # When a picture's frame is cut off, a lesion at the edge may be cut off, too.
        if truth.any():
            yield Case(Image.fromarray(data.pixels[row]), truth, data.lesion_ids[row])


def of_files(pictures: Path, truths: Path) -> Iterator[Case]:
    """Yield another set's pictures, each with the mask whose name begins with the picture's name.

    Raises:
        OperatorError: a picture has no mask.
    """
    masks = {picture_files.image_id(name): name for name in picture_files.list_names(truths)}
    names = picture_files.list_names(pictures)
    for picture in picture_files.read_pictures(pictures, names):
        mask = next((n for i, n in masks.items() if i.startswith(picture.image_id)), None)
        if not mask:
            raise OperatorError(f"{picture.image_id} has no mask in {truths}.")
        (stream,) = [mask_file.stream for mask_file in picture_files.read_pictures(truths, [mask])]
        with Image.open(stream) as image:
            truth = np.asarray(image.convert("L")) > lesion_masks.HALF
        photo = images.decode(picture.stream, images.DATA_FORMATS)
        yield Case(photo, truth, picture.image_id)


def pairs(views: np.ndarray) -> np.ndarray:
    """Return pairs of views side by side, each squeezed to half its width, (n, 150, 200, 3)."""
    half = len(views) // 2
    return np.concatenate([views[:half, :, ::2], views[half : 2 * half, :, ::2]], 2)


def count_faults(outliner: Outliner, views: np.ndarray) -> dict[str, int]:
    """Return the number of views, and how many were refused for each reason."""
    counts = Counter[str](images=len(views))
    for view in tqdm(views, "measuring", unit="image"):
        try:
            outliner.outline(Image.fromarray(view))
        except OutlineError as error:
            counts[error.fault.value] += 1
    return dict(counts)


def times(outliner: Outliner, classifier: Classifier, cases: list[Case]) -> Times:
    """Return an outline's median time, and its ratio to the classifier's time in the same run."""
    durations = []
    for case in cases[:TIMED]:
        photo = case.image.resize(PHOTO)
        start = time.perf_counter()
        classifier.classify(photo)
        answered = time.perf_counter()
        with suppress(OutlineError):
            outliner.outline(photo)
        durations.append((answered - start, time.perf_counter() - answered))
    answer, outline = np.median(durations, 0)
    return Times(round(float(1e3 * outline), 1), round(float(outline / answer), 2))
