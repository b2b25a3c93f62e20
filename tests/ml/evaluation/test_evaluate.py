import json

import pytest

from ml.data.ground_truth import Truth
from ml.errors import OperatorError
from ml.evaluation import bootstrap, evaluate, kind_report
from ml.labels import DIAGNOSES, Kind, Tier
from ml.preprocessing.images import ImageFault
from ml.serving.classifier import DEFAULT_MODEL, Classification, Classifier
from ml.serving.gate import Refusal
from tests.ml.conftest import jpeg
from tests.pictures import dermoscopy_like


def answer(tier, cancer):
    return Classification(Kind.DERMOSCOPIC, tier, cancer, cancer / 2)


def truth(name, group="a"):
    return Truth(DIAGNOSES.index(name), group)


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 20)


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load(DEFAULT_MODEL)


@pytest.fixture
def labelled(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for seed in range(4):
        (folder / f"p{seed}.jpg").write_bytes(jpeg(dermoscopy_like(seed)))
    (folder / "p4.jpg").write_bytes(b"broken")
    labels = tmp_path / "labels.csv"
    labels.write_text("image_id,melanoma\n" + "".join(f"p{n},{n % 2}\n" for n in range(5)))
    return folder, labels


def test_refused_photos_count_as_not_flagged():
    answers = [
        (truth("mel", "a"), answer(Tier.URGENT, 0.9)),
        (truth("nv", "b"), answer(Tier.WATCH, 0.1)),
        (truth("mel", "c"), Classification(refusal=Refusal.BLURRED)),
        (truth("nv", "d"), ImageFault.TRUNCATED),
    ]
    report = kind_report.report(evaluate.collect(answers))
    assert (report.images, report.melanomas, report.refused_melanomas) == (4, 2, 1)
    assert report.refused == {"blurred": 1, "truncated": 1}
    assert report.metrics["cancer_flagged"].value == 0.5
    assert report.metrics["melanoma_auroc"].value == 1


def test_a_photo_without_an_answer_is_neither_flagged_nor_refused():
    answers = [
        (truth("mel", "a"), answer(Tier.URGENT, 0.9)),
        (truth("nv", "b"), answer(Tier.WATCH, 0.1)),
        (truth("bcc", "c"), Classification(Kind.CAMERA)),
    ]
    report = kind_report.report(evaluate.collect(answers))
    assert (report.cancers, report.refused_cancers, report.refused) == (2, 0, {})
    assert report.landing["bcc"]["no_answer"].value == 1
    assert report.metrics["cancer_flagged"].value == 0.5


def test_a_labelled_folder_is_evaluated_as_served(classifier, labelled, tmp_path):
    report = evaluate.evaluate(classifier, *labelled, Kind.DERMOSCOPIC)
    evaluate.write_report(report, classifier.card.version, tmp_path / "report.json")
    written = json.loads((tmp_path / "report.json").read_text())
    assert written["model"] == classifier.card.version
    assert written["refused"] == {"not_an_image": 1}
    assert "melanoma_auroc" in written["metrics"]


def test_a_picture_in_two_folders_counts_once(classifier, labelled):
    pictures, labels = labelled
    (pictures / "again").mkdir()
    (pictures / "again" / "p1.jpg").write_bytes((pictures / "p1.jpg").read_bytes())
    assert evaluate.evaluate(classifier, pictures, labels, Kind.DERMOSCOPIC).images == 5


def test_a_repeated_label_counts_once(classifier, labelled):
    pictures, labels = labelled
    labels.write_text(labels.read_text() + "p1,1\n")
    assert evaluate.evaluate(classifier, pictures, labels, Kind.DERMOSCOPIC).images == 5


def test_labels_may_name_missing_pictures(classifier, labelled, capsys):
    pictures, labels = labelled
    (pictures / "p0.jpg").unlink()
    assert evaluate.evaluate(classifier, pictures, labels, Kind.DERMOSCOPIC).images == 4
    assert "1 of the 5 images" in capsys.readouterr().out


def test_labels_for_none_of_the_pictures_are_refused(classifier, labelled):
    pictures, labels = labelled
    labels.write_text("image_id,melanoma\nq1,1\n")
    with pytest.raises(OperatorError, match="None of the 1 images"):
        evaluate.evaluate(classifier, pictures, labels)
