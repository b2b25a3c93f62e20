"""`python -m ml growth`: how well is a change of a lesion's size measured?

Two views of a lesion of HAM10000 show the same size, so a measured change is an error. Simulated
photos of another day, with or without an enlarged lesion, show how large the landmarks' errors are,
and whether growth is detected.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml.data import picture_files
from ml.errors import OperatorError
from ml.features.registration import alignment, growth, skin
from ml.features.registration.alignment import UnsureError
from ml.features.registration.skin import Skin
from ml.features.studies import regrown
from ml.preprocessing import images
from ml.segmentation.outliner import OutlineError, Outliner
from ml.wilson import interval

GROWN = 1.2  # the limit of `diagnosis.rules.causes`
FACTORS = (1.0, 1.3, 1.6, 2.0)  # growth of the area
NO_OUTLINE, UNSURE = "no outline", "too few landmarks"
Pictures = Mapping[str, Image.Image]


class PairResult(NamedTuple):
    """The result for a pair of pictures."""

    ratio: float
    low: float
    high: float


def views(table: Path, split: str) -> list[list[str]]:
    """Return the image ids of a split's lesions with several images, in the table's order.

    Raises:
        OperatorError: the table cannot be read, or lacks a column.
    """
    lesions = defaultdict(list)
    try:
        with table.open(newline="") as file:
            for row in csv.DictReader(file):
                if row["split"] == split:
                    lesions[row["lesion_id"]].append(row["image_id"])
    except (OSError, KeyError) as error:
        raise OperatorError(
            f"{table}: give a table with lesion_id, image_id and split ({error})."
        ) from error
    return [ids for ids in lesions.values() if len(ids) > 1]


def read(path: Path, image_ids: set[str]) -> Pictures:
    """Return the wanted pictures of a folder or zip, decoded.

    Raises:
        OperatorError: the path is missing, holds no file, or is a damaged zip.
    """
    names = [
        name for name in picture_files.list_names(path) if picture_files.image_id(name) in image_ids
    ]
    opened = picture_files.read_pictures(path, names)
    return {picture.image_id: images.decode(picture.stream) for picture in opened}


def of_views(
    outliner: Outliner, pictures: Pictures, lesions: Sequence[Sequence[str]]
) -> dict[str, Any]:
    """Return the results for views of one lesion, and for views of two different lesions."""
    skins = {
        name: _landmarks(outliner, pictures[name])
        for name in tqdm(list(chain(*lesions)), "finding landmarks")
    }
    pairs = [pair for ids in lesions for pair in pairwise(ids)]
    forwards = [_measured(skins[a], skins[b]) for a, b in pairs]
    back = [_measured(skins[b], skins[a]) for a, b in pairs]
    others = [_measured(skins[a[0]], skins[b[0]]) for a, b in pairwise(lesions)]
    return {
        "lesions": len(lesions),
        "pairs": len(pairs),
        "refused": dict(Counter(result for result in forwards if isinstance(result, str))),
        "of_two_lesions": len(others),
        "of_two_lesions_laid_over": len(_only(others)),
        "both_ways": _unchanged([*_only(forwards), *_only(back)]),
    }


def _unchanged(results: Sequence[PairResult]) -> dict[str, Any]:
    """Return the errors of pairs in which nothing grew."""
    errors = np.abs(np.log([result.ratio for result in results]))
    alarms = sum(result.low > GROWN for result in results)
    low, high = interval(alarms, len(results))
    return {
        "measured": len(results),
        "log_ratio": {
            "median": _rounded(np.median(errors)),
            "95": _rounded(np.quantile(errors, 0.95)),
        },
        "interval_holds_no_change": _rounded(
            np.mean([result.low <= 1 <= result.high for result in results])
        ),
        "false_alarms": alarms,
        "false_alarm_rate": [_rounded(rate) for rate in (alarms / len(results), low, high)],
    }


def of_changes(outliner: Outliner, pictures: Iterable[Image.Image]) -> dict[str, Any]:
    """Return how well simulated photos of another day are aligned, and the measured growth."""
    errors: list[float] = []
    grown: dict[float, list[PairResult | str]] = {factor: [] for factor in FACTORS}
    for seed, picture in enumerate(tqdm(list(pictures), "changing")):
        first = _landmarks(outliner, picture)
        if first is None:
            continue
        outline = first.outline * np.divide(picture.size, first.size)
        day = regrown.DAYS[seed % len(regrown.DAYS)]
        for factor in FACTORS:
            larger = regrown.enlarged(picture, outline, factor)
            other, transform = regrown.photographed(larger, day, seed)
            second = _landmarks(outliner, other)
            grown[factor].append(_measured(first, second))
            if second is not None and factor == 1:
                errors += _position_error(first, second, outline, transform)
    return {
        "laid_over": len(errors),
        "error_of_diameter": {
            "median": _rounded(np.median(errors)),
            "95": _rounded(np.quantile(errors, 0.95)),
            "most": _rounded(max(errors)),
        },
        "areas": {str(factor): _grown(results) for factor, results in grown.items()},
    }


def _position_error(first: Skin, second: Skin, outline: np.ndarray, transform: Any) -> list[float]:
    """Return the largest error in the outline's position, as a share of its diameter.

    The list is empty if the photos cannot be aligned.
    """
    try:
        aligned = alignment.align(first, second)
    except UnsureError:
        return []
    placed = first.outline @ aligned.matrix[:, :2].T + aligned.matrix[:, 2]
    # The pictures are at most `skin.LONGEST` px wide, so `find_landmarks` does not reduce them.
    true = transform(outline)
    diameter = np.linalg.norm(true[:, None] - true[None], axis=2).max()
    return [float(np.linalg.norm(placed - true, axis=1).max() / diameter)]


def _grown(results: Sequence[PairResult | str]) -> dict[str, Any]:
    measured = _only(results)
    return {
        "pairs": len(results),
        "measured": len(measured),
        "ratio_median": _rounded(np.median([result.ratio for result in measured])),
        "counted_as_grown": sum(result.low > GROWN for result in measured),
    }


def write(results: Mapping[str, Any], path: Path) -> None:
    """Write results into a record, and keep its other results."""
    path.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(path.read_text()) if path.is_file() else {}
    path.write_text(json.dumps({**before, **results}, indent=1) + "\n")


def _landmarks(outliner: Outliner, picture: Image.Image) -> Skin | None:
    try:
        return skin.find_landmarks(picture, outliner.outline(picture).polygon)
    except OutlineError:
        return None


def _measured(first: Skin | None, second: Skin | None) -> PairResult | str:
    if first is None or second is None:
        return NO_OUTLINE
    try:
        return PairResult(*growth.by_skin(first, second, alignment.align(first, second)))
    except UnsureError:
        return UNSURE


def _only(results: Iterable[PairResult | str]) -> list[PairResult]:
    return [result for result in results if isinstance(result, PairResult)]


def _rounded(number: Any) -> float:
    return round(float(number), 4)
