import csv
import subprocess
import sys

import pytest

from ml.classifier import DEFAULT_MODEL, Classifier
from ml.predict import write_predictions
from tests.ml.conftest import jpeg
from tests.pictures import dermoscopy_like


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load(DEFAULT_MODEL)


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    good = jpeg(dermoscopy_like(1))
    (folder / "good.jpg").write_bytes(good)
    (folder / "half.jpg").write_bytes(good[: len(good) // 2])
    (folder / "notes.txt").write_text("not a picture")
    (folder / "dark.jpg").write_bytes(jpeg(dermoscopy_like(1).point(lambda v: v // 6)))
    return folder


def predictions(classifier, pictures, target):
    write_predictions(classifier, pictures, target)
    with target.open(newline="") as file:
        return {row["image_id"]: row for row in csv.DictReader(file)}


def test_every_file_has_a_row(classifier, pictures, tmp_path):
    rows = predictions(classifier, pictures, tmp_path / "out.csv")
    refused = {name: row["refused"] for name, row in rows.items()}
    assert refused == {
        "good": "", "half": "truncated", "notes": "not_an_image", "dark": "too_dark",
    }  # fmt: skip


def test_a_scored_photo_has_what_the_worker_would_say(classifier, pictures, tmp_path):
    rows = predictions(classifier, pictures, tmp_path / "out.csv")
    assert 0 < float(rows["good"]["probability"]) < 1
    assert rows["good"]["tier"] in {"elevated", "lower"}
    assert rows["good"]["uncertain"] in {"0", "1"}


def test_a_refused_photo_has_no_score(classifier, pictures, tmp_path):
    rows = predictions(classifier, pictures, tmp_path / "out.csv")
    for name in ("half", "notes", "dark"):
        assert (rows[name]["probability"], rows[name]["tier"]) == ("", "")


def test_prediction_needs_no_tensorflow(pictures, tmp_path):
    program = (
        "import sys; from ml.__main__ import main; main(sys.argv[1:]); "
        "print([m for m in ('tensorflow', 'keras', 'sklearn') if m in sys.modules])"
    )
    options = ["predict", "--images", str(pictures), "--csv", str(tmp_path / "out.csv")]
    done = subprocess.run(
        [sys.executable, "-c", program, *options], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    assert "classifying: 100%" in done.stderr
