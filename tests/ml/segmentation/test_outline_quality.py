import numpy as np
import pytest
from PIL import Image

from ml.segmentation import outline_quality
from ml.segmentation.outline_quality import Case
from tests.ml.outlining import photo


def square(size, left):
    mask = np.zeros((300, 400), bool)
    mask[100 : 100 + size, left : left + size] = True
    return mask


def test_the_dice_coefficient_measures_the_overlap_of_two_masks():
    assert outline_quality.dice(square(100, 50), square(100, 50)) == 1
    assert outline_quality.dice(square(100, 50), square(100, 100)) == 0.5
    assert outline_quality.dice(square(100, 0), square(100, 200)) == 0


def test_boundaries_of_nested_squares_differ_by_the_margin():
    inner, outer = square(100, 100), np.pad(square(100, 100), 10)[10:-10, 10:-10]
    outer[90:210, 90:210] = True
    distances = outline_quality.surface_distances(inner, outer)
    # The diagonal is 500 px and the margin 10 px: 2 %, and more at the corners.
    assert distances.mean == pytest.approx(2, abs=0.1)
    assert 2 <= distances.percentile_95 < 2.9
    assert outline_quality.surface_distances(outer, inner) == distances


def test_a_picture_without_an_outline_counts_as_missed(outliner):
    spot, size = photo((400, 300), (0.5, 0.5, 0.2)), (300, 225)
    truth = outliner.outline_at(spot, size).mask
    cases = [Case(spot, truth, "a"), Case(Image.new("RGB", (400, 300), "tan"), truth, "b")]
    report = outline_quality.report(outliner, cases)
    assert (report.images, report.refused) == (2, {"no_lesion": 1})
    assert report.metrics["dice"].value == 0.5
    assert report.metrics["mean_distance"].value == 0
