import csv
import subprocess
import sys
import zipfile

import pytest

from ml.__main__ import main
from ml.evaluation.predict import write_predictions
from ml.labels import DIAGNOSES, Kind
from ml.preprocessing import images
from ml.serving.classifier import DEFAULT_MODEL, Classification, Classifier
from tests.ml.cards import make_card
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


def predictions(classifier, pictures, target, stated=Kind.DERMOSCOPIC):
    write_predictions(classifier, pictures, target, stated)
    with target.open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_every_file_has_a_row(classifier, pictures, tmp_path):
    rows = predictions(classifier, pictures, tmp_path / "out.csv")
    refused = {name: row["refused"] for name, row in rows.items()}
    assert refused == {
        "good.jpg": "", "half.jpg": "truncated", "notes.txt": "not_an_image",
        "dark.jpg": "too_dark",
    }  # fmt: skip


def test_a_row_has_the_documented_columns(classifier, pictures, tmp_path):
    row = predictions(classifier, pictures, tmp_path / "out.csv")["good.jpg"]
    assert ",".join(row) == "image_id,file,kind,tier,refused,cancer,melanoma,diagnosis"
    assert row["image_id"] == "good"
    assert row["kind"] in {*Kind}
    assert row["tier"] in {"urgent", "soon", "watch"}
    assert row["diagnosis"] in {*DIAGNOSES}


def test_a_row_has_the_classifiers_answer(classifier, pictures, tmp_path):
    row = predictions(classifier, pictures, tmp_path / "out.csv")["good.jpg"]
    with (pictures / "good.jpg").open("rb") as file:
        answer = classifier.classify(images.decode(file), Kind.DERMOSCOPIC)
    assert (float(row["cancer"]), float(row["melanoma"]), row["tier"]) == (
        pytest.approx(answer.cancer, abs=1e-6),
        pytest.approx(answer.melanoma, abs=1e-6),
        answer.tier,
    )


class Stranger:
    """A classifier that calls every photo unlike its training photos."""

    def classify(self, image, stated=None):
        weights = dict.fromkeys(DIAGNOSES, 1 / 8)
        return Classification(stated, None, 0.2, 0.1, probabilities=weights, is_unlike=True)


def test_a_photo_unlike_the_training_photos_has_no_tier_and_is_counted(pictures, tmp_path):
    row = predictions(Stranger(), pictures, tmp_path / "out.csv")["good.jpg"]
    assert (row["tier"], row["refused"], row["cancer"]) == ("", "unlike", "0.200000")
    summary = write_predictions(Stranger(), pictures, tmp_path / "out.csv")
    assert "4 without a tier (unlike 2," in summary


def test_a_refused_photo_has_no_tier_but_probabilities_if_it_is_readable(
    classifier, pictures, tmp_path
):
    rows = predictions(classifier, pictures, tmp_path / "out.csv")
    assert 0 < float(rows["dark.jpg"]["cancer"]) < 1
    assert 0 < float(rows["dark.jpg"]["melanoma"]) < 1
    for name in ("half.jpg", "notes.txt"):
        assert (rows[name]["cancer"], rows[name]["melanoma"], rows[name]["diagnosis"]) == ("",) * 3
    assert {rows[name]["tier"] for name in rows if name != "good.jpg"} == {""}


def test_photos_with_equal_names_in_different_folders_have_separate_rows(
    classifier, pictures, tmp_path
):
    (pictures / "again").mkdir()
    (pictures / "again" / "good.jpg").write_bytes((pictures / "good.jpg").read_bytes())
    rows = predictions(classifier, pictures, tmp_path / "out.csv")
    assert rows["again/good.jpg"]["image_id"] == rows["good.jpg"]["image_id"] == "good"


def test_a_folder_a_zip_and_a_picture_get_the_same_answers(classifier, pictures, tmp_path):
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        archive.write(pictures / "good.jpg", "good.jpg")
    folder_answers, zipped, picture_answers = (
        predictions(classifier, path, tmp_path / "out.csv")["good.jpg"]
        for path in (pictures, tmp_path / "pictures.zip", pictures / "good.jpg")
    )
    assert folder_answers == zipped == picture_answers


def test_a_photo_of_a_kind_that_the_model_was_not_trained_for_has_no_tier(
    classifier, pictures, tmp_path
):
    model = Classifier(classifier.network, make_card(diagnoses=classifier.card.diagnoses))
    rows = predictions(model, pictures, tmp_path / "out.csv", Kind.CAMERA)
    row = rows["good.jpg"]
    assert (row["kind"], row["tier"], row["refused"], row["cancer"]) == ("camera", "", "", "")
    summary = write_predictions(model, pictures, tmp_path / "out.csv", Kind.CAMERA)
    assert "kind_without_figures 1" in summary


def test_the_command_ends_with_a_summary(pictures, tmp_path, capsys):
    target = tmp_path / "out.csv"
    assert main(["predict", "--images", str(pictures), "--csv", str(target)]) == 0
    summary = capsys.readouterr().out.strip()
    assert summary.startswith("4 pictures, 3 without a tier (")
    assert summary.endswith(f"written to {target}.")
    assert "too_dark 1" in summary


def test_prediction_needs_no_tensorflow(pictures, tmp_path):
    program = (
        "import sys; from ml.__main__ import main; main(sys.argv[1:]); "
        "print([m for m in ('tensorflow', 'keras', 'sklearn') if m in sys.modules])"
    )
    options = ["predict", "--images", str(pictures), "--csv", str(tmp_path / "out.csv")]
    done = subprocess.run(
        [sys.executable, "-c", program, *options], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("[]")
    assert "classifying: 100%" in done.stderr
