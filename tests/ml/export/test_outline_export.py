import json
from unittest.mock import Mock

import keras
import numpy as np
import pytest
from PIL import Image

from ml.data import run_settings
from ml.errors import OperatorError
from ml.export import outline_export
from ml.segmentation.grid import HEIGHT, WIDTH
from ml.segmentation.outline_quality import Case
from ml.serving.card import KERAS
from ml.training.training_loop import BEST, SETTINGS
from tests.ml.datasets import dataset
from tests.ml.outlining import photo

SIZE = (200, 150)
SPOT, TWO = [(0.5, 0.5, 0.2)], [(0.25, 0.5, 0.15), (0.75, 0.5, 0.1)]


def view(*spots):
    return np.asarray(photo(SIZE, *spots))


def logits(second, area):
    """Return logits with a patch of 2,000 px, and one of `area` px whose logits are `second`."""
    values = np.full((HEIGHT, WIDTH), -5.0)
    values[:50, :40] = 6
    values[60 : 60 + area // 20, 100:120] = second
    return values


def test_a_run_that_was_trained_on_other_splits_is_not_exported(tmp_path):
    (tmp_path / BEST).touch()
    (tmp_path / SETTINGS).write_text(json.dumps(run_settings.of(dataset([0, 1]))))
    sets = outline_export.Sets(tmp_path, tmp_path, {})
    moved = dataset([0, 1], splits=np.array(["train", "test"]))
    with pytest.raises(OperatorError, match="trained on other pictures or splits"):
        outline_export.export(moved, tmp_path, sets, tmp_path, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_an_outliner_that_exists_is_not_overwritten(data, tmp_path):
    run, folder = tmp_path / "run", tmp_path / "outline-2"
    for path in (run / BEST, folder / KERAS):
        path.parent.mkdir()
        path.write_text("trained before")
    sets = outline_export.Sets(tmp_path, tmp_path, {})
    with pytest.raises(OperatorError, match="a version is written only once: give another name"):
        outline_export.export(data, run, sets, tmp_path, folder)
    assert [path.name for path in folder.iterdir()] == [KERAS]


def test_a_failed_export_leaves_no_folder(data, tmp_path, monkeypatch):
    (tmp_path / BEST).touch()
    monkeypatch.setattr(keras.saving, "load_model", Mock(side_effect=OSError("disk full")))
    sets = outline_export.Sets(tmp_path, tmp_path, {})
    with pytest.raises(OSError, match="disk full"):
        outline_export.export(data, tmp_path, sets, tmp_path, tmp_path / "mine-1")
    assert [path.name for path in tmp_path.iterdir()] == [BEST]


def test_a_pair_shows_each_lesion_at_half_its_width():
    views = np.stack([np.full((150, 200, 3), shade, np.uint8) for shade in (10, 20, 30, 40)])
    pairs = outline_export.pairs(views)
    assert (pairs.shape, pairs.dtype) == ((2, 150, 200, 3), np.uint8)
    assert pairs[:, 0, [0, 99, 100, 199], 0].tolist() == [[10, 10, 30, 30], [20, 20, 40, 40]]


def test_refusals_are_counted_by_reason(outliner):
    views = np.stack([view(*SPOT), view(), view(*TWO)])
    assert outline_export.count_faults(outliner, views) == {
        "images": 3,
        "no_lesion": 1,
        "several_lesions": 1,
    }


@pytest.mark.parametrize(("area", "plain"), [(1000, 4.0), (200, 0.0)])
def test_a_second_patch_has_its_logit_as_plainness_unless_it_is_small(area, plain):
    assert outline_export.likeness(logits(4.0, area)) == (1.0, plain)


def test_without_a_patch_the_likeness_is_zero():
    assert outline_export.likeness(np.full((HEIGHT, WIDTH), -5.0)) == (0.0, 0.0)


def test_limits_are_fitted_to_single_lesions_and_pictures_of_other_things(outliner):
    picture = photo(SIZE, *SPOT)
    truth = outliner.outline(picture).mask
    limits = outline_export.with_limits(
        outliner, [Case(picture, truth, "a")] * 3, view()[None]
    ).card.limits
    # The outliner has confidence 0 in bare skin, and the lesion has no second patch.
    assert (limits.min_confidence, limits.min_second) == (0, 0)
    assert (limits.min_area, limits.several) == (outline_export.MIN_AREA, outline_export.SEVERAL)
    assert limits.shift in outline_export.SHIFTS


def test_a_picture_is_paired_with_the_mask_of_its_name(tmp_path):
    pictures, masks = tmp_path / "pictures", tmp_path / "masks"
    pictures.mkdir()
    masks.mkdir()
    photo((400, 300), *SPOT).save(pictures / "ISIC_1.png")
    half = np.zeros((30, 40), np.uint8)
    half[:, :20] = 255
    Image.fromarray(half).save(masks / "ISIC_1_segmentation.png")
    (case,) = outline_export.of_files(pictures, masks)
    assert (case.image.size, case.truth.shape, case.lesion_id) == ((400, 300), (30, 40), "ISIC_1")
    assert (case.truth.dtype, case.truth.mean()) == (bool, 0.5)


def test_a_picture_without_a_mask_is_reported(tmp_path):
    for folder, name in (("pictures", "ISIC_1"), ("masks", "ISIC_2_segmentation")):
        (tmp_path / folder).mkdir()
        photo((400, 300)).save(tmp_path / folder / f"{name}.png")
    with pytest.raises(OperatorError, match="ISIC_1 has no mask"):
        list(outline_export.of_files(tmp_path / "pictures", tmp_path / "masks"))
