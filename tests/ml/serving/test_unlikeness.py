import numpy as np
import pytest

from ml.labels import Kind
from ml.serving import unlikeness
from ml.serving.unlikeness import Reference, distance

# Within a diagnosis, the first feature varies more than the second, so it counts less.
REFERENCE = Reference(np.diag([0.5, 1.0]), np.array([[0.0, 0.0], [2.0, 0.0]]))


@pytest.mark.parametrize(
    ("features", "expected"), [((0, 0), 0), ((4, 0), 0), ((0, 3), 9), ((6, 0), 1), ((2, 0), 1)]
)
def test_the_distance_is_measured_to_the_nearest_diagnosis(features, expected):
    assert distance(np.array([features], float), REFERENCE) == pytest.approx([expected])


def test_references_are_read_back_unchanged(tmp_path):
    unlikeness.write({Kind.CAMERA: REFERENCE}, tmp_path)
    references = unlikeness.read(tmp_path)
    assert set(references) == {Kind.CAMERA}
    for ours, stored in zip(references[Kind.CAMERA], REFERENCE, strict=True):
        assert ours == pytest.approx(stored)
