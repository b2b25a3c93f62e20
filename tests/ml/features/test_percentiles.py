import json

import pytest

from ml.features import percentile
from ml.features.measuring import VERSION
from ml.features.percentiles import reference
from ml.features.studies.feature_table import NAMES
from ml.paths import REFERENCE


def test_every_measure_but_millimetres_has_its_percentiles():
    assert set(reference()) == set(NAMES)
    assert all(len(points) == 99 for points in reference().values())


def test_a_value_lies_where_the_benign_lesions_lie():
    points = reference()["border_compactness"]
    assert percentile("border_compactness", points[49]) == pytest.approx(50, abs=1)
    assert percentile("border_compactness", 0) == 1
    assert percentile("border_compactness", 100) == 99


def test_the_percentiles_are_of_the_measures_as_they_are_now():
    assert json.loads(REFERENCE.read_text())["version"] == VERSION
