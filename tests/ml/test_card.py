import json
from hashlib import sha256

import pytest

from ml import card
from ml.card import Bin, Calibration, Card, Interval, ModelError, Report, Source
from ml.gate import GateLimits
from ml.labels import DIAGNOSES

WEIGHTS = b"weights"
CARD = Card(
    version="test-1",
    created="2026-01-31",
    architecture="tiny",
    labels=("not_melanoma", "melanoma"),
    diagnoses=DIAGNOSES,
    files={"model.tflite": sha256(WEIGHTS).hexdigest()},
    data=Source("HAM10000", "CC BY-NC 4.0", "Tschandl 2018", {"train": 8}),
    height=150,
    width=200,
    calibration=Calibration(1.0, 0.0),
    threshold=0.2,
    margin=(0.1, 0.3),
    frequencies=(Bin(0.0, 0.3, 200, 3), Bin(0.3, 1.0, 50, 20)),
    gate=GateLimits(50, 0.3, 1.5, 0.0),
    reports={"test": Report(10, 2, {"blurred": 1}, 0, {"auroc": Interval(0.9, 0.8, 1.0)})},
    limits=("not a medical device",),
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.tflite").write_bytes(WEIGHTS)
    CARD.write(tmp_path)
    return tmp_path


def change(folder, **values):
    path = folder / card.NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_card_is_read_as_it_was_written(folder):
    assert card.read(folder) == CARD


@pytest.mark.parametrize(
    ("probability", "expected"), [(0, 2), (0.299, 2), (0.3, 40), (0.7, 40), (1, 40)]
)
def test_the_frequency_is_the_observed_one_of_the_scores_bin(probability, expected):
    assert CARD.melanomas_per_100(probability) == expected


@pytest.mark.parametrize(
    ("probability", "expected"), [(0.09, False), (0.1, True), (0.29, True), (0.3, False)]
)
def test_a_score_within_the_margin_is_uncertain(probability, expected):
    assert CARD.is_uncertain(probability) == expected


def test_a_margin_without_its_threshold_is_refused(folder):
    change(folder, margin=[0.21, 0.3])
    with pytest.raises(ModelError, match="python -m ml export"):
        card.read(folder)


def test_no_melanoma_among_a_few_photos_is_not_said_as_none():
    assert Bin(0.0, 0.1, 300, 0).per_100 == 1


def test_frequencies_are_rounded_up():
    assert Bin(0.0, 0.1, 300, 4).per_100 == 2


def test_a_missing_folder_says_so(tmp_path):
    with pytest.raises(ModelError, match=r"No model in .*nowhere.*restore"):
        card.read(tmp_path / "nowhere")


def test_a_missing_file_is_named(folder):
    (folder / "model.tflite").unlink()
    with pytest.raises(ModelError, match=r"model\.tflite is missing"):
        card.read(folder)


def test_a_changed_file_is_named(folder):
    (folder / "model.tflite").write_bytes(b"other weights")
    with pytest.raises(ModelError, match=r"model\.tflite is damaged"):
        card.read(folder)


@pytest.mark.parametrize("values", [{"labels": ["melanoma"]}, {"diagnoses": list("abcdefg")}])
def test_other_labels_are_refused(folder, values):
    change(folder, **values)
    with pytest.raises(ModelError, match="other labels"):
        card.read(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"labels": 3}', "nonsense"])
def test_an_unreadable_card_is_one_clear_sentence(folder, text):
    (folder / card.NAME).write_text(text)
    with pytest.raises(ModelError, match="python -m ml export"):
        card.read(folder)
