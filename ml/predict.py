"""Classify every file in a folder or zip, with exactly the code that the worker serves with."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from tqdm import tqdm

from ml import images, sources
from ml.classifier import Classification, Classifier
from ml.images import ImageFault

COLUMNS = ("image_id", "probability", "tier", "refused", "uncertain")

Answer = Classification | ImageFault


def write_predictions(classifier: Classifier, pictures: Path, target: Path) -> None:
    """Write a CSV row for every file in `pictures`; `refused` is empty or the reason.

    Raises:
        OperatorError: there are no pictures.
    """
    with target.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for image_id, answer in classify_all(classifier, pictures):
            writer.writerow([image_id, *_cells(answer)])


def classify_all(classifier: Classifier, pictures: Path) -> Iterator[tuple[str, Answer]]:
    """Yield the image id and the answer for every file, in the order of their names."""
    return _classify_files(classifier, pictures, sources.list_names(pictures))


def classify_labelled(
    classifier: Classifier, pictures: Path, truth: Mapping[str, bool]
) -> Iterator[tuple[str, Answer]]:
    """Yield the image id and the answer for each image that has a label, once.

    Raises:
        OperatorError: there are no pictures, or two of one name differ.
    """
    found = sources.once([pictures], sources.image_id, truth)
    return _classify_files(classifier, pictures, found.get(pictures, []))


def _classify_files(
    classifier: Classifier, pictures: Path, names: list[str]
) -> Iterator[tuple[str, Answer]]:
    opened = sources.read_pictures(pictures, names)
    for picture in tqdm(opened, "classifying", total=len(names), unit="image"):
        yield picture.image_id, _classify(classifier, picture)


def _classify(classifier: Classifier, picture: sources.Picture) -> Answer:
    try:
        return classifier.classify(images.decode(picture.stream))
    except images.ImageError as error:
        return error.fault


def refusal(answer: Answer) -> str | None:
    """Return why there is no score, or None."""
    return answer.value if isinstance(answer, ImageFault) else answer.refusal


def _cells(answer: Answer) -> tuple[str, str, str, str]:
    reason = refusal(answer)
    if reason or isinstance(answer, ImageFault):
        return "", "", reason or "", ""
    return f"{answer.probability:.6f}", str(answer.tier), "", str(int(bool(answer.is_uncertain)))
