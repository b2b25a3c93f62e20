import csv
import shutil

import pytest

from ml import cache
from ml.__main__ import main
from ml.data import catalogue
from ml.errors import OperatorError
from tests.ml.conftest import jpeg
from tests.pictures import dermoscopy_like


def write_table(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def folder(ham_folder, tmp_path):
    """HAM10000, and a phone's photos of two patients in a folder named like their table."""
    shutil.copytree(ham_folder, tmp_path / "data")
    photos = tmp_path / "data" / "pad_ufes20_images"
    photos.mkdir()
    rows = []
    for number, dx in enumerate(("bcc", "nv")):
        name = f"PAT_{number}_1_1"
        (photos / f"{name}.jpg").write_bytes(jpeg(dermoscopy_like(number + 50, (300, 300))))
        rows += [{"image_id": name, "patient_id": f"PAT_{number}", "lesion_id": "1", "dx": dx}]
    write_table(tmp_path / "data" / "pad_ufes20.csv", rows)
    return tmp_path / "data"


def test_every_set_in_the_folder_is_found(folder):
    ham, pad = catalogue.find(folder, 0)
    assert (len(ham.entries), len(pad.entries)) == (56, 2)
    assert {e.source for e in pad.entries} == {"pad_ufes20"}


def test_the_cache_tells_sources_kinds_and_patients_apart(folder, tmp_path):
    cache.write(folder, tmp_path / "cache", seed=0)
    data = cache.read(tmp_path / "cache")
    phone = data.of("pad_ufes20")
    assert list(phone.kinds) == ["camera"] * 2
    assert list(phone.groups) == ["pad_ufes20/PAT_0", "pad_ufes20/PAT_1"]
    assert list(phone.cancer) == [True, False]
    # A square is cut to 4:3.
    assert phone.frames[0] == pytest.approx([0, 1 / 8, 1, 7 / 8], abs=0.005)
    assert len(cache.read_ham10000(tmp_path / "cache").image_ids) == 56


def test_a_picture_in_two_sets_is_left_to_the_first(folder):
    rows = [{"image_id": name, "dx": "nv", "lesion_id": ""} for name in ("ISIC_0000003", "ISIC_9")]
    write_table(folder / "isic_msk.csv", rows)
    _, msk, _ = catalogue.find(folder, 0)
    assert [e.image_id for e in msk.entries] == ["ISIC_9"]


def test_a_wrong_value_names_the_table(folder):
    write_table(folder / "isic_msk.csv", [{"image_id": "ISIC_9", "dx": "wart", "lesion_id": ""}])
    with pytest.raises(OperatorError, match=r"isic_msk.csv is not the table of isic_msk: 'wart'"):
        catalogue.find(folder, 0)


def test_a_double_lesion_is_held_out_with_its_other_half(folder):
    pair = {"lesion_a": "HAM_0000027", "lesion_b": "HAM_0000000"}  # test, train
    write_table(folder / "ham10000_same_lesion.csv", [pair])
    ham, _ = catalogue.find(folder, 0)
    assert len(ham.entries) == 54
    assert not [e for e in ham.entries if e.image_id == "ISIC_0000000"]


def test_prepare_prints_what_there_is(folder, tmp_path, capsys):
    assert main(["prepare", "--data", str(folder), "--cache", str(tmp_path / "cache")]) == 0
    printed = capsys.readouterr().out
    assert "| pad_ufes20 | camera | bcc | 1 | 0 | 0 |" in printed
    assert printed.endswith(f"58 pictures, written to {tmp_path / 'cache'}.\n")
