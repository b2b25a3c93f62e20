import numpy as np
import pytest

from ml.evaluation import bootstrap
from ml.evaluation.subgroups import subgroup_record
from ml.labels import Kind
from ml.report import subgroups_chapter
from ml.serving.classifier import Classifier, Scores
from tests.ml.cards import make_card
from tests.ml.datasets import dataset
from tests.pictures import dermoscopy_like


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 5)


class Knowing:
    """A network that reads the diagnosis from a picture's first pixel."""

    def score(self, view):
        logits = np.zeros(8)
        logits[view[0, 0, 0]] = 4
        return Scores(logits, np.array([5.0, 5.0]), 3.0)


@pytest.fixture
def record():
    diagnoses = np.arange(84) % 7
    pixels = np.stack([np.asarray(dermoscopy_like(n % 8, (200, 150))) for n in range(84)])
    pixels[:, 0, 0] = diagnoses[:, None]
    sources = np.repeat(["ham10000", "isic_uda1"], [70, 14])
    splits = np.repeat(["train", "valid", "test"], [14, 42, 28])
    data = dataset(diagnoses, pixels, splits=splits, sources=sources)
    facts = {name: {"sex": "male"} for name in data.image_ids}
    return subgroup_record.measure(Classifier(Knowing(), make_card()), data, facts, "valid")


def test_only_one_split_is_measured(record):
    assert {subgroup.images for subgroup in record.subgroups} == {42}
    assert {(subgroup.factor, subgroup.value) for subgroup in record.subgroups} == {
        ("source", "ham10000"),
        ("sex", "male"),
    }


def test_a_source_that_is_never_used_for_training_is_left_out():
    data = dataset(np.arange(14) % 7, splits=np.repeat("test", 14))
    card = make_card()
    measured_record = subgroup_record.measure(Classifier(Knowing(), card), data, {}, "test")
    assert (
        measured_record.subgroups
        == measured_record.selective
        == measured_record.benefit
        == measured_record.named
        == []
    )
    assert measured_record.confused == []


def test_a_record_is_read_back_unchanged(record, tmp_path):
    subgroup_record.write(record, tmp_path / "results" / "subgroups.json")
    assert subgroup_record.read(tmp_path / "results" / "subgroups.json") == record


def test_the_chapter_has_a_row_for_each_subgroup_and_decision(record):
    text = subgroups_chapter.chapter(record)
    assert "for the `valid` split" in text
    assert f"| {Kind.DERMOSCOPIC} | sex | male | 42 (6, 18) |" in text
    assert f"| {Kind.DERMOSCOPIC} | 90% |" in text
    assert f"| {Kind.DERMOSCOPIC} | 1% | 10% |" in text
    assert f"| {Kind.DERMOSCOPIC} | mel | 1.000 (0.610–1.000) of 6 photos" in text
    assert f"| {Kind.DERMOSCOPIC} | ham10000 | bcc | 0 | 0 | 6 | 0 | 0 | 0 | 0 | 0 |" in text
    assert "ham10000, dermoscopic 1.000 (7 diagnoses)" in text
