import numpy as np
import pytest
from PIL import Image

from ml.__main__ import main
from ml.augmentation.ranges import BY_NAME
from ml.preprocessing.network_input import HEIGHT, WIDTH, neutral_light
from ml.training import contact_sheet
from ml.training.contact_sheet import COPIES, GAP


@pytest.mark.parametrize("ranges", BY_NAME.values())
def test_a_row_is_a_training_picture_and_changed_copies(data, ranges):
    sheet = np.asarray(contact_sheet.draw(data, ranges, seed=1))
    first = sheet[GAP : GAP + HEIGHT, GAP : GAP + WIDTH]
    training = neutral_light(data.pixels[data.rows("train")])
    assert (training == first).all((1, 2, 3)).any()
    second = sheet[GAP : GAP + HEIGHT, 2 * GAP + WIDTH : 2 * GAP + 2 * WIDTH]
    assert np.abs(second.astype(int) - first).mean() > 1


def test_the_command_writes_the_sheet(cache_folder, tmp_path):
    sheet = tmp_path / "sheet.png"
    assert main(["contact-sheet", "--cache", str(cache_folder), "--sheet", str(sheet)]) == 0
    with Image.open(sheet) as image:
        assert image.width == (1 + COPIES) * (WIDTH + GAP) + GAP
