"""Classifies every file in a folder or zip, with the decoder and classifier of the worker."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from ml.data import picture_files
from ml.labels import Kind
from ml.preprocessing import images
from ml.preprocessing.images import ImageFault
from ml.serving.classifier import Classification, Classifier

UNLIKE, NO_FIGURES = "unlike", "kind_without_figures"
COLUMNS = ("image_id", "file", "kind", "tier", "refused", "cancer", "melanoma", "diagnosis")

Answer = Classification | ImageFault


def write_predictions(
    classifier: Classifier, pictures: Path, target: Path, stated: Kind | None = None
) -> str:
    """Write a CSV row for every file in `pictures`, and return a sentence that sums them up.

    Raises:
        OperatorError: there are no pictures.
    """
    reasons, count = Counter[str](), 0
    with target.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for name, answer in classify_all(classifier, pictures, stated):
            writer.writerow([picture_files.image_id(name), name, *_cells(answer)])
            count += 1
            if not _tier(answer):
                reasons[_why(answer) or NO_FIGURES] += 1
    why = ", ".join(f"{reason} {number}" for reason, number in reasons.most_common())
    without = f"{reasons.total()} without a tier" + (f" ({why})" if why else "")
    return f"{count} pictures, {without}, written to {target}."


def classify_all(
    classifier: Classifier, pictures: Path, stated: Kind | None = None
) -> Iterator[tuple[str, Answer]]:
    """Yield each file's path in the folder or zip and its answer, ordered by path."""
    names = picture_files.list_names(pictures)
    opened = picture_files.read_pictures(pictures, names)
    for name, picture in zip(names, tqdm(opened, "classifying", len(names)), strict=True):
        yield name, _classify(classifier, picture, stated)


def _classify(
    classifier: Classifier, picture: picture_files.Picture, stated: Kind | None
) -> Answer:
    try:
        return classifier.classify(images.decode(picture.stream), stated)
    except images.ImageError as error:
        return error.fault


def refusal(answer: Answer) -> str:
    """Return why a photo was refused, or an empty text."""
    return answer.value if isinstance(answer, ImageFault) else str(answer.refusal or "")


def _why(answer: Answer) -> str:
    """Return why there is no tier (refused, or unlike all training photos), or an empty text."""
    is_unlike = not isinstance(answer, ImageFault) and answer.is_unlike
    return UNLIKE if is_unlike else refusal(answer)


def _tier(answer: Answer) -> str:
    return "" if isinstance(answer, ImageFault) else answer.tier or ""


def _cells(answer: Answer) -> list[str]:
    if isinstance(answer, ImageFault):
        return ["", "", answer.value, "", "", ""]
    likeliest = max(answer.probabilities, key=lambda name: answer.probabilities[name])
    figures = (answer.cancer, answer.melanoma)
    cells = ["" if figure is None else f"{figure:.6f}" for figure in figures]
    return [answer.kind or "", _tier(answer), _why(answer), *cells, likeliest]
