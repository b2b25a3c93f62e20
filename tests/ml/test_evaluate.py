import json

import pytest

from ml import evaluate, metrics
from ml.classifier import DEFAULT_MODEL, Classification, Classifier
from ml.errors import OperatorError
from ml.gate import Refusal
from ml.images import ImageFault
from ml.labels import Tier
from tests.ml.conftest import jpeg
from tests.pictures import dermoscopy_like


def scored(probability):
    return Classification(probability, Tier.LOWER, 3)


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr(metrics, "ROUNDS", 20)


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


def test_refused_photos_are_counted_and_left_out_of_every_metric():
    refusals = [(True, Classification(refusal=Refusal.BLURRED)), (False, ImageFault.TRUNCATED)]
    answers = [(True, scored(0.9)), (False, scored(0.1)), *refusals]
    report = evaluate.report(answers, threshold=0.5)
    assert (report.images, report.melanomas, report.refused_melanomas) == (4, 2, 1)
    assert report.refused == {"blurred": 1, "truncated": 1}
    assert report.metrics["sensitivity"].value == 1


@pytest.mark.parametrize("truth", [True, False])
def test_one_class_alone_cannot_be_evaluated(truth):
    with pytest.raises(OperatorError, match="melanoma and of something else"):
        evaluate.report([(truth, scored(0.4))], threshold=0.5)


def test_a_labelled_folder_is_evaluated_as_served(labelled, tmp_path):
    classifier = Classifier.load(DEFAULT_MODEL)
    report = evaluate.evaluate(classifier, *labelled)
    evaluate.write_report(report, classifier.card.version, tmp_path / "report.json")
    written = json.loads((tmp_path / "report.json").read_text())
    assert written["model"] == classifier.card.version
    assert written["refused"] == {"not_an_image": 1}
    assert set(written["metrics"]) == set(metrics.figures(0.5))


def test_a_picture_that_lies_twice_is_counted_once(labelled):
    pictures, labels = labelled
    again = pictures / "again"
    again.mkdir()
    (again / "p1.jpg").write_bytes((pictures / "p1.jpg").read_bytes())
    assert evaluate.evaluate(Classifier.load(DEFAULT_MODEL), pictures, labels).images == 5
    (again / "p1.jpg").write_bytes((pictures / "p2.jpg").read_bytes())
    with pytest.raises(OperatorError, match="different pictures of one name, p1"):
        evaluate.evaluate(Classifier.load(DEFAULT_MODEL), pictures, labels)


def test_a_label_without_its_picture_is_a_mistake(labelled):
    pictures, labels = labelled
    (pictures / "p0.jpg").unlink()
    with pytest.raises(OperatorError, match="1 of the 5 images"):
        evaluate.evaluate(Classifier.load(DEFAULT_MODEL), pictures, labels)


@pytest.mark.parametrize(
    "text",
    [
        "image_id,melanoma\na,1\nb,0\n",
        "lesion_id,image_id,dx\nL,a,mel\nL,b,nv\n",
        "image_id,diagnosis\na,melanoma\nb,nevus\n",
        "\ufeffisic_id;diagnosis_1;diagnosis_3\na;Malignant;Melanoma, NOS\nb;Benign;Nevus\n",
        "image,MEL,NV,BCC\na,1.0,0.0,0.0\nb,0.0,1.0,0.0\n",
    ],
)
def test_the_truth_is_read_from_the_public_tables(tmp_path, text):
    (tmp_path / "labels.csv").write_text(text)
    assert evaluate.read_labels(tmp_path / "labels.csv") == {"a": True, "b": False}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("image_id,colour\na,brown\n", "names no diagnosis"),
        ("name,melanoma\na,1\n", "needs a column image_id"),
    ],
)
def test_a_table_without_the_truth_is_refused(tmp_path, text, sentence):
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(OperatorError, match=sentence):
        evaluate.read_labels(tmp_path / "labels.csv")


def test_a_missing_table_is_one_clear_sentence(tmp_path):
    with pytest.raises(OperatorError, match="cannot be read"):
        evaluate.read_labels(tmp_path / "labels.csv")
