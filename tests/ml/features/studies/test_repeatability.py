import numpy as np
import pytest

from ml.errors import OperatorError
from ml.features.studies import repeatability
from ml.features.studies.repeatability import Repeatability, Repeats
from ml.features.studies.training_lesions import Outlined
from ml.report.features_chapter import repeatability_chapter
from ml.serving.card import Interval
from tests.ml.features.shapes import ellipse, half_ellipse, photo

DRAWN = (ellipse(90, 180), ellipse(120, 120), half_ellipse())


def outlined(masks):
    small = [mask[::3, ::3] for mask in masks]
    return [Outlined(row, photo(mask, blur=1), mask) for row, mask in enumerate(small)]


def test_the_correlation_equals_the_example_by_shrout_and_fleiss():
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    assert repeatability.correlation(np.array(ratings)) == pytest.approx(0.17, abs=0.005)


def test_the_correlation_is_1_for_repeated_values_and_undefined_for_constant_values():
    repeated, constant = np.array([[1.0, 1], [2, 2]]), np.zeros((2, 2))
    correlations = repeatability.correlation(np.stack([repeated, constant]))
    assert correlations[0] == 1
    assert np.isnan(correlations[1])


def test_the_difference_between_two_values_is_divided_by_their_mean():
    assert repeatability.relative_difference(np.array([[1.0, 3, 3]])) == 1
    assert repeatability.relative_difference(np.array([[0.0, 0]])) == 0
    assert repeatability.relative_difference(np.array([[0.0, 5]])) == 2


def test_area_diameter_and_shape_of_drawn_lesions_are_repeatable():
    repeats = repeatability.compare(outlined(DRAWN))
    assert repeats.lesions == 3
    for kind in repeats.kinds.values():
        for name in ("area_share", "diameter_share", "asymmetry_shape"):
            assert kind[name].icc.value > 0.95
        assert kind["colour_white"] == Repeats(None, 0)


def test_fewer_than_two_lesions_are_refused():
    with pytest.raises(OperatorError, match="two lesions"):
        repeatability.compare(outlined(DRAWN[:1]))


def test_a_record_is_read_back_and_the_chapter_names_unrepeatable_features(tmp_path):
    poor, unsure = Interval(0.4, 0.3, 0.5), Interval(0.9, -0.1, 1)
    measures = {
        "border_fractal_dimension": Repeats(poor, 0.02),
        "colour_black": Repeats(unsure, 0),
        "colour_white": Repeats(None, 0),
        "area_share": Repeats(Interval(1, 0.99, 1), 0.001),
    }
    record = Repeatability("1", 7, {"turned": measures})
    record.write(tmp_path / "repeatability.json")
    assert Repeatability.read(tmp_path / "repeatability.json") == record
    text = repeatability_chapter(record)
    assert "Koo and Li 2016): `border_fractal_dimension` turned." in text
    assert "below 0.75): `colour_black` turned." in text
    assert "| area_share | 1.000 (0.990–1.000) | 0.1 % |" in text
    assert "| colour_white | – | 0.0 % |" in text
