import csv

import numpy as np
import pytest
from PIL import Image

from ml.errors import OperatorError
from ml.features import Measures
from ml.features.studies import measure_photos
from tests.ml.conftest import jpeg
from tests.ml.outlining import photo


def written(outliner, tmp_path):
    """Return the rows and the masks of everything in the folder `in`."""
    measure_photos.write(outliner, tmp_path / "in", tmp_path / "out")
    with (tmp_path / "out" / "measures.csv").open(newline="") as file:
        rows = {row["image_id"]: row for row in csv.DictReader(file)}
    masks = {path.name: np.asarray(Image.open(path)) for path in (tmp_path / "out/masks").iterdir()}
    return rows, masks


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    photo((300, 400), (0.5, 0.4, 0.2)).save(folder / "portrait.png")
    photo((400, 300)).save(folder / "skin.bmp")
    photo((400, 300), (0.25, 0.5, 0.2), (0.75, 0.5, 0.17)).save(folder / "two.webp", lossless=True)
    (folder / "notes.txt").write_text("not a picture")
    return folder


def test_every_file_has_a_row_and_every_picture_a_mask(outliner, pictures, tmp_path):
    rows, masks = written(outliner, tmp_path)
    faults = {name: row["fault"] for name, row in rows.items()}
    assert faults == {
        "portrait": "", "skin": "no_lesion", "two": "several_lesions", "notes": "not_an_image",
    }  # fmt: skip
    assert set(masks) == {"portrait_mask.png", "skin_mask.png", "two_mask.png"}


def test_a_mask_is_black_and_white_and_has_the_photos_size(outliner, pictures, tmp_path):
    _, masks = written(outliner, tmp_path)
    mask = masks["portrait_mask.png"]
    assert mask.shape == (400, 300)
    assert set(np.unique(mask)) == {0, 255}
    assert mask[160, 150] == 255
    assert (mask > 0).mean() == pytest.approx(np.pi * 0.04, rel=0.05)


def test_the_mask_is_black_without_a_lesion_and_shows_the_largest_of_several(
    outliner, pictures, tmp_path
):
    _, masks = written(outliner, tmp_path)
    assert masks["skin_mask.png"].shape == (300, 400)
    assert not masks["skin_mask.png"].any()
    assert masks["two_mask.png"][:, :200].any()
    assert not masks["two_mask.png"][:, 200:].any()


def test_refused_pictures_have_no_features(outliner, pictures, tmp_path):
    rows, _ = written(outliner, tmp_path)
    area, confidence = measure_photos.OUTLINE_COLUMNS
    assert float(rows["portrait"][area]) == pytest.approx(np.pi * 0.04, rel=0.05)
    assert 0.5 < float(rows["portrait"][confidence]) <= 1
    assert {rows[name][area] for name in ("skin", "two", "notes")} == {""}
    score, *_, millimetres = Measures.header()
    assert rows["portrait"][score] == "0"
    assert rows["portrait"][millimetres] == rows["two"][score] == ""
    assert (rows["two"]["width (px)"], rows["notes"]["width (px)"]) == ("400", "")


def test_a_photo_reduced_while_decoding_has_a_mask_of_its_full_size(outliner, tmp_path):
    (tmp_path / "in").mkdir()
    turned = photo((300, 6000), (0.5, 0.3, 0.2))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(tmp_path / "in" / "large.jpg", exif=exif)
    _, masks = written(outliner, tmp_path)
    mask = masks["large_mask.png"]
    assert mask.shape == (300, 6000)
    assert np.nonzero(mask)[1].mean() == pytest.approx(0.7 * 6000, rel=0.01)


def test_pictures_with_the_same_name_are_refused_before_any_is_measured(outliner, tmp_path):
    for folder in ("in/a", "in/b"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "spot.jpg").write_bytes(jpeg(photo((200, 150))))
    with pytest.raises(OperatorError, match="2 pictures are named spot"):
        measure_photos.write(outliner, tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out").exists()
