"""Outlines and measures every picture in a folder or zip, with the code that workers run."""

import csv
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm import tqdm

from ml.data import picture_files
from ml.errors import OperatorError
from ml.features import Measures, measure
from ml.preprocessing import images
from ml.preprocessing.images import ImageError
from ml.segmentation.outliner import Outline, OutlineError, Outliner

COLUMNS = ("image_id", "fault", "width (px)", "height (px)")
OUTLINE_COLUMNS = ("area (share of the picture)", "confidence (0-1)")


class Measurement(NamedTuple):
    """The result of measuring a picture."""

    fault: str  # why it could not be measured, or empty
    size: tuple[int, int] | None = None  # width and height; None if it is not a picture
    outline: Outline | None = None  # the largest of several lesions
    measures: Measures | None = None  # only for a single lesion


def write(outliner: Outliner, pictures: Path, out: Path) -> None:
    """Write measures.csv, with a row for every file, and a mask for every picture.

    A mask, masks/<image_id>_mask.png, has the upright picture's size and is 255 on the lesion.
    Without a lesion, the mask is all 0. Of several lesions, it shows the largest.

    Raises:
        OperatorError: there are no pictures, or two masks would have the same file name.
    """
    names = picture_files.list_names(pictures)
    _refuse_namesakes(names)
    (out / "masks").mkdir(parents=True, exist_ok=True)
    with (out / "measures.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, *OUTLINE_COLUMNS, *Measures.header()])
        opened = picture_files.read_pictures(pictures, names)
        for picture in tqdm(opened, "measuring", total=len(names), unit="image"):
            measured = read(outliner, picture)
            _write_mask(measured, out / "masks" / f"{picture.image_id}_mask.png")
            writer.writerow([picture.image_id, measured.fault, *_cells(measured)])


def read(outliner: Outliner, picture: picture_files.Picture) -> Measurement:
    """Return a picture's outline and features; the mask has the size of the picture's file."""
    try:
        image = images.decode(picture.stream, images.DATA_FORMATS)
    except ImageError as error:
        return Measurement(error.fault.value)
    picture.stream.seek(0)
    size = images.upright_size(picture.stream)
    try:
        outline = outliner.outline_at(image, size)
    except OutlineError as error:
        return Measurement(error.fault.value, size, error.largest)
    # Very large pictures are decoded at a smaller size.
    mask = np.asarray(Image.fromarray(outline.mask).resize(image.size))
    return Measurement("", size, outline, measure(np.asarray(image), mask))


def _refuse_namesakes(names: list[str]) -> None:
    suffixes = Image.registered_extensions()
    pictures = [PurePosixPath(n) for n in names if PurePosixPath(n).suffix.lower() in suffixes]
    for name, count in Counter(path.stem for path in pictures).items():
        if count > 1:
            raise OperatorError(f"{count} pictures are named {name}: rename all but one of them.")


def _write_mask(measured: Measurement, path: Path) -> None:
    if measured.size:
        width, height = measured.size
        mask = measured.outline.mask if measured.outline else np.zeros((height, width), bool)
        Image.fromarray(mask.astype(np.uint8) * 255).save(path)


def _cells(measured: Measurement) -> list[str]:
    size = [str(side) for side in measured.size or ("", "")]
    if not measured.outline or not measured.measures:
        return [*size, *[""] * (len(OUTLINE_COLUMNS) + len(Measures._fields))]
    outlined = [f"{measured.outline.mask.mean():.5f}", f"{measured.outline.confidence:.4f}"]
    return [*size, *outlined, *("" if v is None else f"{v:.6g}" for v in measured.measures)]
