"""Tests whether re-encoding a photo in the browser changes the photo's result.

Run it with `python -m tests.reencoding`.

Chromium re-encodes a photo with a canvas, to at most 2,560 pixels a side and a megabyte. Apart from
ISIC UDA-1's originals, hardly any picture of the data sets is as large as a phone's photo. Each
original is therefore used in several crops. Enlarging small pictures would not be a fair test.

For each crop, we take the difference that re-encoding makes to the network's input (200 x 150
pixels). These differences are then added to the inputs from small photos of each kind, to
test many spots near a threshold. No diagnosis is used.
Writes docs/results/reencoding.json.
"""

import base64
import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from ml.data import catalogue, isic, picture_files
from ml.data.entries import Entry
from ml.labels import Kind
from ml.paths import DEFAULT_MODEL, RECORDS, data_folder
from ml.preprocessing.images import decode
from ml.preprocessing.network_input import framed_view
from ml.serving.classifier import Classification, Classifier
from ml.wilson import interval

ROOT = Path(__file__).parents[1]
ORIGINALS = "isic_uda1_originals.zip"
# Each crop's share of width and height. Each crop is rotated 90° further than the one before.
SHOWN = (1.0, 0.95, 0.9, 0.85)
MOST = 150  # pictures, at most, from each folder or zip file of a data set
REENCODE = """async () => {
  const [file] = document.querySelector("input").files;
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const share = Math.min(1, 2560 / Math.max(picture.width, picture.height));
  const size = [picture.width, picture.height].map((side) => Math.round(side * share));
  const canvas = new OffscreenCanvas(...size);
  const context = canvas.getContext("2d", { alpha: false });
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, ...size);
  for (const quality of [0.92, 0.86, 0.8]) {
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
    if (blob.size > 1_000_000) continue;
    const made = new Uint8Array(await blob.arrayBuffer());
    let letters = "";
    for (let at = 0; at < made.length; at += 8192)
      letters += String.fromCharCode(...made.subarray(at, at + 8192));
    return btoa(letters);
  }
}"""


class Change(NamedTuple):
    """The result before and after re-encoding, and the change of the network's input."""

    before: Classification
    after: Classification
    pixels: np.ndarray
    kilobytes: tuple[int, int]


def large(page: Page, classifier: Classifier) -> Iterator[Change]:
    """Save several crops of each original as large JPEGs, and re-encode each in the browser."""
    path = data_folder() / ORIGINALS
    for picture in picture_files.read_pictures(path, picture_files.list_names(path)):
        original = decode(picture.stream)
        for turn, share in enumerate(SHOWN):
            left, top = (round(side * (1 - share) / 2) for side in original.size)
            framed = original.crop((left, top, original.width - left, original.height - top))
            yield _reencoded(page, classifier, _jpeg(framed.rotate(90 * turn, expand=True)))


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=97, subsampling=0)
    return buffer.getvalue()


def _reencoded(page: Page, classifier: Classifier, content: bytes) -> Change:
    page.set_input_files("input", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": content})
    reencoded = base64.b64decode(page.evaluate(REENCODE))
    views = [framed_view(decode(io.BytesIO(data))) for data in (content, reencoded)]
    before, after = (classifier.classify_view(view, Kind.DERMOSCOPIC) for view in views)
    pixels = views[1].astype(int) - views[0]
    return Change(before, after, pixels, (len(content) // 1000, len(reencoded) // 1000))


def small(kind: Kind) -> Iterator[np.ndarray]:
    """Yield the network's input for pictures of a kind.

    UDA-1's are the only pictures of a test split, and are used without their diagnoses.
    """
    for data_set in catalogue.find(data_folder(), seed=0):
        image_ids = {entry.image_id for entry in data_set.entries if _is_chosen(entry, kind)}
        for path in data_set.containers:
            listed = picture_files.list_names(path)
            names = [name for name in listed if picture_files.image_id(name) in image_ids]
            for picture in islice(picture_files.read_pictures(path, names), MOST):
                yield framed_view(decode(picture.stream))


def _is_chosen(entry: Entry, kind: Kind) -> bool:
    is_camera = entry.kind == Kind.CAMERA and entry.split == "valid"
    return is_camera if kind is Kind.CAMERA else entry.source == isic.UDA1


def changed(classifier: Classifier, kind: Kind, changes: list[Change]) -> Iterator[Change]:
    """Add the large pictures' changes, in turn, to the network's inputs from small pictures."""
    for view, change in zip(small(kind), cycle(changes), strict=False):
        after = (view + change.pixels).clip(0, 255).astype(np.uint8)
        answers = [classifier.classify_view(pixels, kind) for pixels in (view, after)]
        yield Change(answers[0], answers[1], change.pixels, (0, 0))


def summary(changes: list[Change]) -> dict:
    answers = [[_word(answer) for answer in (change.before, change.after)] for change in changes]
    moved = Counter(f"{before} to {after}" for before, after in answers if before != after)
    low, high = interval(moved.total(), len(changes))
    figures = [(change.before.cancer, change.after.cancer) for change in changes]
    steps = [
        abs(first - other) for first, other in figures if first is not None and other is not None
    ]
    return {
        "photos": len(changes),
        "moved": dict(moved),
        "moved_share": [round(value, 4) for value in (moved.total() / len(changes), low, high)],
        "cancer_differs": {str(at): round(float(np.percentile(steps, at)), 4) for at in (50, 95)},
    }


def _word(answer: Classification) -> str:
    return answer.tier or answer.refusal or "no answer"


def main() -> None:
    classifier = Classifier.load(DEFAULT_MODEL)
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content("<input type=file>")
        changes = list(large(page, classifier))
        browser.close()
    kilobytes = np.array([change.kilobytes for change in changes])
    record = {
        "large": summary(changes)
        | {
            "kilobytes": {
                "before": int(kilobytes[:, 0].mean()),
                "after": int(kilobytes[:, 1].mean()),
            },
            "largest": int(kilobytes[:, 1].max()),
            "grey_levels": round(
                float(np.mean([abs(change.pixels).mean() for change in changes])), 3
            ),
        }
    }
    for kind in Kind:
        record[kind] = summary(list(changed(classifier, kind, changes)))
    (ROOT / RECORDS / "reencoding.json").write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
