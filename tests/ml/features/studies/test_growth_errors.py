import json
from types import SimpleNamespace

import numpy as np
import pytest

from ml.errors import OperatorError
from ml.features.studies import growth_errors, regrown
from ml.segmentation.outliner import OutlineError, OutlineFault
from tests.ml.features.registration import skins


class Outliner:
    """Outlines a ring in every picture, and fails on a black one."""

    def outline(self, picture):
        if not np.asarray(picture).any():
            raise OutlineError(OutlineFault.NONE)
        return SimpleNamespace(polygon=skins.shares(skins.ring(45)))


def test_views_of_one_lesion_are_measured_and_views_of_two_are_not():
    (first, _), (other, _) = skins.skin(1), skins.skin(2)
    again, _ = skins.photographed(first, light=0.9)
    pictures = {"a": first, "b": again, "c": other, "d": other}
    results = growth_errors.of_views(Outliner(), pictures, [["a", "b"], ["c", "d"]])
    assert (results["pairs"], results["both_ways"]["measured"]) == (2, 4)
    assert results["both_ways"]["false_alarms"] == 0
    assert results["of_two_lesions_laid_over"] == 0


def test_enlarging_a_lesion_multiplies_its_area_and_keeps_the_skin():
    picture, outline = skins.skin(1)
    before, after = (
        np.asarray(image) for image in (picture, regrown.enlarged(picture, outline, 1.6))
    )
    dark = [(pixels[..., 1] < 110).sum() for pixels in (before, after)]
    assert dark[1] / dark[0] == pytest.approx(1.6, abs=0.1)
    assert (before[:40] == after[:40]).all()


def test_earlier_results_stay_in_the_record(tmp_path):
    record = tmp_path / "growth.json"
    growth_errors.write({"views": 1}, record)
    growth_errors.write({"changes": 2}, record)
    assert json.loads(record.read_text()) == {"views": 1, "changes": 2}


def test_a_table_without_lesion_ids_is_refused(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("image_id,dx\na,nv\n")
    with pytest.raises(OperatorError, match="lesion_id"):
        growth_errors.views(table, "valid")
