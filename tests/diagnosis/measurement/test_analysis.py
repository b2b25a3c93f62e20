"""The measurement of a photo, with a fake outline network that calls all dark pixels a lesion."""

import json

import numpy as np
import pytest

from diagnosis.measurement import abcd_sentences, analysis, texts
from ml.features import Measures
from ml.preprocessing.views import Views
from ml.segmentation.outliner import Outliner
from ml.serving.card import ModelError
from tests.ml.outlining import CARD, SeesDarkness, photo


@pytest.fixture
def examine(monkeypatch, settings, tmp_path):
    settings.OUTLINER_DIR = str(tmp_path)
    monkeypatch.setattr(analysis, "outliner", lambda _: Outliner(SeesDarkness(), CARD))
    return lambda image: analysis.examine(Views.of(image), None)[0]


@pytest.mark.parametrize("size", [(400, 300), (1200, 1600)])
def test_the_outline_is_in_fractions_of_the_photos_width_and_height(examine, size):
    result = examine(photo(size, (0.4, 0.6, 0.2)))
    x, y = np.array(result.outline).T
    assert (x.min(), x.max()) == pytest.approx((0.2, 0.6), abs=0.02)
    assert (y.min(), y.max()) == pytest.approx((0.4, 0.8), abs=0.02)
    assert (result.fault, result.confidence > 0.5) == ("", True)


def test_a_round_spot_of_one_colour_is_measured_as_symmetric_with_one_colour(examine):
    result = examine(photo((400, 300), (0.5, 0.5, 0.15)))
    assert result.figures["asymmetry_score"] == 0
    assert result.figures["colour_count"] == 1
    assert result.figures["diameter_share"] == pytest.approx(0.3, rel=0.05)
    assert set(result.percentiles) == set(result.figures) == set(Measures._fields) - {"diameter_mm"}
    assert [len(axis) for axis in result.axes] == [2, 2]
    result.clean_fields(exclude={"screening"})


def test_the_stored_outline_is_short_and_accurate(examine):
    result = examine(photo((400, 300), (0.5, 0.5, 0.15)))
    stored = (result.outline, result.axes, result.figures, result.percentiles)
    assert sum(len(json.dumps(field)) for field in stored) < 3000
    assert result.outline[0] == result.outline[-1]
    x, y = np.array(result.outline).T
    area = abs(x[:-1] @ y[1:] - x[1:] @ y[:-1]) / 2
    assert area == pytest.approx(result.figures["area_share"], rel=0.01)


def test_every_figure_that_a_sentence_needs_is_measured(examine, screening):
    result = examine(photo((400, 300), (0.5, 0.5, 0.15)))
    assert [letter.letter for letter in abcd_sentences.letters(screening, result)] == [
        "A",
        "B",
        "C",
        "D",
    ]
    assert set(texts.COLOUR_NAMES) <= set(Measures._fields)


@pytest.mark.parametrize(
    ("spots", "fault"),
    [([], "no_lesion"), ([(0.25, 0.5, 0.15), (0.75, 0.5, 0.15)], "several_lesions")],
)
def test_without_exactly_one_lesion_there_is_a_fault_and_no_outline(examine, spots, fault):
    result = examine(photo((400, 300), *spots))
    assert (result.fault, result.outline, result.figures, result.confidence) == (
        fault,
        [],
        {},
        None,
    )


def test_without_a_network_there_is_no_outline_and_no_fault(settings, tmp_path, picture):
    settings.OUTLINER_DIR = str(tmp_path / "none")
    result, overlay = analysis.examine(Views.of(picture), None)
    assert (result.fault, result.outline, overlay) == ("", [], b"")
    assert result.version.startswith("none/")


def test_a_damaged_network_is_reported(settings, tmp_path, picture):
    settings.OUTLINER_DIR = str(tmp_path)
    with pytest.raises(ModelError, match="restore the folder"):
        analysis.examine(Views.of(picture), None)


def test_the_share_of_the_saliency_map_inside_the_outline_is_computed():
    places = np.zeros((30, 40), np.float32)
    places[:, 10:30] = 1
    mask = np.zeros((300, 400), bool)
    mask[:, :200] = True
    assert analysis.share_inside(places, mask) == pytest.approx(0.5)
