import json

import pytest

from ml.measures import percentile
from ml.measures.measuring import VERSION
from ml.measures.percentiles import reference
from ml.measures.tabulating import NAMES
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
