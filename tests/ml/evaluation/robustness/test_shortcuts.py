import numpy as np
import pytest

from ml.evaluation.robustness import shortcuts
from ml.evaluation.robustness.shortcuts import is_ink, source_probe, without_ink
from ml.serving.classifier import Scores
from tests.ml.datasets import dataset

SKIN, VIOLET, MOLE = (214, 170, 150), (95, 60, 140), (100, 62, 48)


def marked():
    """Skin with a brown mole and a violet pen mark."""
    view = np.full((150, 200, 3), SKIN, np.uint8)
    view[60:90, 80:120] = MOLE
    view[20:24] = VIOLET
    return view


def test_a_pen_mark_is_ink_and_a_mole_is_not():
    ink = is_ink(marked())
    assert ink[20:24].all()
    assert ink.mean() == pytest.approx(4 / 150)


def test_ink_is_painted_over_with_skin():
    cleaned = without_ink(marked())
    assert (cleaned[20:24] == SKIN).all()
    assert (cleaned[60:90, 80:120] == MOLE).all()


@pytest.mark.parametrize(("shift", "expected"), [(5.0, 1.0), (0.0, 0.5)])
def test_a_source_is_recognised_only_by_features_that_differ(shift, expected):
    sources = np.repeat(["one", "other"], 60)
    features = np.random.default_rng(1).normal(0, 1, (120, 4))
    features[60:] += shift
    probe = source_probe(features, dataset(np.ones(120, int), sources=sources))
    assert probe["accuracy"] == pytest.approx(expected, abs=0.15)
    assert probe["chance"] == 0.5


class SeesViolet:
    """A network that takes pen marks for a carcinoma."""

    def score(self, view):
        logits = np.zeros(8)
        logits[2] = 10 * is_ink(view).any()
        return Scores(logits, np.zeros(2), None)

    def features(self, view):
        return view.mean((0, 1))


def test_a_network_that_relies_on_pen_marks_is_detected(tmp_path):
    plain = np.full((150, 200, 3), SKIN, np.uint8)
    pixels = np.stack([marked() if n % 2 else plain for n in range(40)])
    diagnoses = np.where(np.arange(40) % 2, 2, 1)
    photos = dataset(
        diagnoses,
        pixels,
        splits=np.repeat("valid", 40),
        sources=np.repeat(["pad_ufes20", "ham10000"], 20),
        kinds=np.repeat("dermoscopic", 40),
    )
    figures = shortcuts.measure(SeesViolet(), photos, {})
    assert figures["pen marks"] == {"as they are": 1.0, "painted over": 0.5}
    shortcuts.write(figures, "mine-1", tmp_path / "shortcuts.json")
    assert "is 0.500 instead of 1.000" in shortcuts.chapter(tmp_path / "shortcuts.json")
