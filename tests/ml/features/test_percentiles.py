import json

import pytest

from ml.features import percentile
from ml.features.measuring import VERSION
from ml.features.percentiles import reference
from ml.features.studies.feature_table import NAMES
from ml.paths import REFERENCE


def test_every_feature_except_the_diameter_in_millimetres_has_percentiles():
    assert set(reference()) == set(NAMES)
    assert all(len(points) == 99 for points in reference().values())


def test_a_value_has_its_rank_among_benign_lesions():
    points = reference()["border_compactness"]
    assert percentile("border_compactness", points[49]) == pytest.approx(50, abs=1)
    assert percentile("border_compactness", 0) == 1
    assert percentile("border_compactness", 100) == 99


def test_the_committed_percentiles_have_the_current_version_of_the_features():
    assert json.loads(REFERENCE.read_text())["version"] == VERSION
