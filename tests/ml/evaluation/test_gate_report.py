import numpy as np
import pytest

from ml.evaluation import bootstrap, gate_report
from ml.labels import Kind
from ml.preprocessing.network_input import standard_view
from ml.serving.classifier import Classifier, Scores
from ml.serving.gate import Scene, lesion_odds
from tests.ml.cards import make_card
from tests.pictures import dermoscopy_like


class Naming:
    """A network that reads the scene from a picture's first pixel."""

    def score(self, view):
        scenes = np.zeros((2, len(Scene)))
        scenes[:, view[0, 0, 0]] = 5
        return Scores(np.zeros(8), lesion_odds(scenes), None, scenes)


def pictures(*scenes):
    views = np.stack([standard_view(dermoscopy_like(1)) for _ in scenes])
    views[:, 0, 0, 0] = [[*Scene].index(scene) for scene in scenes]
    return views


def test_refused_and_correctly_named_pictures_are_counted_separately(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 5)
    views = {
        Scene.SEVERAL_SPOTS: pictures(Scene.SEVERAL_SPOTS, Scene.SCREENSHOT),
        Scene.SCREENSHOT: pictures(Scene.SCREENSHOT, Scene.LESION),
        Scene.LESION: pictures(Scene.LESION),
    }
    report = gate_report.measure(Classifier(Naming(), make_card()), Kind.DERMOSCOPIC, views)
    shares = {
        name: (figures["refused"].value, figures["named"].value) for name, figures in report.items()
    }
    assert shares == {
        "several_spots": (1, pytest.approx(0.5)), "screenshot": (0.5, pytest.approx(0.5)),
    }  # fmt: skip
