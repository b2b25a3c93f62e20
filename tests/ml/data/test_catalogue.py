import csv
import shutil
import zipfile

import pytest

from ml.__main__ import main
from ml.data import cache, catalogue, picture_files
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
    """HAM10000, and phone photos of two patients in a folder named like their table."""
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


def test_every_data_set_in_the_folder_is_found(folder):
    ham, pad = catalogue.find(folder, 0)
    assert (len(ham.entries), len(pad.entries)) == (56, 2)
    assert {e.source for e in pad.entries} == {"pad_ufes20"}


def test_the_cache_distinguishes_sources_kinds_and_patients(folder, tmp_path):
    cache.write(folder, tmp_path / "cache", seed=0)
    data = cache.read(tmp_path / "cache")
    phone = data.of("pad_ufes20")
    assert list(phone.kinds) == ["camera"] * 2
    assert list(phone.groups) == ["pad_ufes20/PAT_0", "pad_ufes20/PAT_1"]
    assert list(phone.cancer) == [True, False]
    # A square is cropped to 4:3.
    assert phone.frames[0] == pytest.approx([0, 1 / 8, 1, 7 / 8], abs=0.005)
    assert len(cache.read_ham10000(tmp_path / "cache").image_ids) == 56


def test_a_picture_in_two_data_sets_belongs_to_the_first(folder):
    rows = [{"image_id": name, "dx": "nv", "lesion_id": ""} for name in ("ISIC_0000003", "ISIC_9")]
    write_table(folder / "isic_msk.csv", rows)
    msk = next(
        data_set
        for data_set in catalogue.find(folder, 0)
        if data_set.entries[0].source == "isic_msk"
    )
    assert [e.image_id for e in msk.entries] == ["ISIC_9"]


def located(folder, source):
    """Return the paths of a source's pictures, relative to the folder."""
    (chosen,) = [s for s in catalogue.find(folder, 0) if s.entries[0].source == source]
    ids = [entry.image_id for entry in chosen.entries]
    files = cache.locate(chosen.containers, picture_files.image_id, ids)
    return {(path / name).relative_to(folder).as_posix() for path in files for name in files[path]}


def test_pictures_in_two_sizes_are_read_from_the_folder_with_the_sets_prefix(folder):
    rows = [{"image_id": "ISIC_9", "dx": "nv", "lesion_id": ""}]
    write_table(folder / "isic_uda1.csv", rows)
    for name, size in (("isic_uda1_512", (512, 384)), ("isic_uda1_originals", (1024, 768))):
        (folder / name).mkdir()
        (folder / name / "ISIC_9.jpg").write_bytes(jpeg(dermoscopy_like(60, size)))
    assert located(folder, "isic_uda1") == {"isic_uda1_512/ISIC_9.jpg"}


def test_a_set_partly_in_a_zip_and_partly_in_a_folder_is_found(folder):
    photos = folder / "pad_ufes20_images"
    with zipfile.ZipFile(folder / "pad_ufes20_part_2.zip", "w") as archive:
        archive.write(photos / "PAT_1_1_1.jpg", "PAT_1_1_1.jpg")
    (photos / "PAT_1_1_1.jpg").unlink()
    assert located(folder, "pad_ufes20") == {
        "pad_ufes20_images/PAT_0_1_1.jpg",
        "pad_ufes20_part_2.zip/PAT_1_1_1.jpg",
    }


def test_pictures_are_found_elsewhere_if_the_folder_with_the_prefix_has_none(folder):
    (folder / "pad_ufes20_images").rename(folder / "photos")
    (folder / "pad_ufes20_notes").mkdir()
    for number in range(2):
        (folder / "pad_ufes20_notes" / f"PAT_{number}_1_1.json").write_text("{}")
    assert len(located(folder, "pad_ufes20")) == 2


def test_empty_folders_and_folders_of_hidden_files_are_skipped_despite_their_prefix(folder):
    (folder / "pad_ufes20_empty").mkdir()
    (folder / "pad_ufes20_seen").mkdir()
    (folder / "pad_ufes20_seen" / ".DS_Store").write_text("")
    assert len(located(folder, "pad_ufes20")) == 2


PUBLIC = {
    "metadata.csv": "isic_id,diagnosis_1,diagnosis_3,image_type\n"
    "ISIC_9,Malignant,Melanoma,dermoscopic\n",
    "ISIC_2019_Training_GroundTruth.csv": "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\n"
    "ISIC_9,1,0,0,0,0,0,0,0,0\n",
}


@pytest.mark.parametrize("name", PUBLIC)
def test_public_tables_are_recognised_by_their_columns(folder, name):
    (folder / name).write_text(PUBLIC[name])
    data_set = catalogue.find(folder, 0)[-1]
    assert [(e.image_id, e.diagnosis) for e in data_set.entries] == [("ISIC_9", "mel")]


def write_meta(folder):
    """Write Derm7pt's original table, with three cases."""
    head = "case_num,diagnosis,derm,clinic\n"
    rows = "".join(f"{n},clark nevus,N/d{n}.jpg,N/c{n}.jpg\n" for n in range(3))
    (folder / "meta.csv").write_text(head + rows)


def test_the_original_derm7pt_table_gets_its_splits_from_index_files(folder):
    write_meta(folder)
    (folder / "train_indexes.csv").write_text("indexes\n0\n2\n")
    (folder / "test_indexes.csv").write_text("indexes\n1\n")
    data_set = next(
        candidate
        for candidate in catalogue.find(folder, 0)
        if candidate.entries[0].source == "derm7pt"
    )
    assert [e.image_id for e in data_set.entries if e.split == "test"] == ["d1", "c1"]
    assert len(data_set.entries) == 6


def test_cases_of_derm7pt_that_no_index_file_lists_are_refused(folder):
    write_meta(folder)
    (folder / "train_indexes.csv").write_text("indexes\n0\n2\n")
    names = "train_indexes.csv, valid_indexes.csv, test_indexes.csv"
    with pytest.raises(OperatorError, match=f"case 1 is in none of {names}"):
        catalogue.find(folder, 0)


def test_files_that_are_not_tables_are_skipped(folder):
    (folder / "notes.csv").write_bytes(b"\x00\x01")
    assert len(catalogue.find(folder, 0)) == 2


def test_the_error_for_an_unknown_value_names_the_table(folder):
    write_table(folder / "isic_msk.csv", [{"image_id": "ISIC_9", "dx": "wart", "lesion_id": ""}])
    with pytest.raises(OperatorError, match=r"isic_msk.csv cannot be read as the table .*: 'wart'"):
        catalogue.find(folder, 0)


def test_duplicate_lesions_in_train_and_test_stay_only_in_test(folder):
    pair = {"lesion_a": "HAM_0000027", "lesion_b": "HAM_0000000"}  # test, train
    write_table(folder / "ham10000_same_lesion.csv", [pair])
    ham, _ = catalogue.find(folder, 0)
    assert len(ham.entries) == 54
    assert not [e for e in ham.entries if e.image_id == "ISIC_0000000"]


def test_another_set_does_not_bring_back_a_picture_of_a_lesion_in_several_splits(folder):
    pair = {"lesion_a": "HAM_0000027", "lesion_b": "HAM_0000000"}
    write_table(folder / "ham10000_same_lesion.csv", [pair])
    rows = [{"image_id": name, "dx": "nv", "lesion_id": ""} for name in ("ISIC_0000000", "ISIC_9")]
    write_table(folder / "isic_msk.csv", rows)
    ids = [entry.image_id for data_set in catalogue.find(folder, 0) for entry in data_set.entries]
    assert "ISIC_9" in ids
    assert "ISIC_0000000" not in ids


def test_a_table_in_ham10000s_layout_may_name_kinds_and_patients(folder):
    own = {"dx": "nv", "image_id": "I1", "lesion_id": "1", "image_type": "camera"}
    published = dict.fromkeys(own, "") | {"dx": "nv", "image_id": "I2", "lesion_id": "2"}
    rows = [own | {"patient_id": "P"}, published | {"patient_id": ""}]
    write_table(folder / "HAM10000_metadata.csv", rows)
    ham, _ = catalogue.find(folder, 0)
    assert [(e.lesion_id, e.kind, e.group) for e in ham.entries] == [
        ("P/1", "camera", "P"),
        ("2", "dermoscopic", "2"),
    ]


def test_prepare_prints_the_number_of_pictures_by_source_and_diagnosis(folder, tmp_path, capsys):
    assert main(["prepare", "--data", str(folder), "--cache", str(tmp_path / "cache")]) == 0
    printed = capsys.readouterr().out
    assert "| pad_ufes20 | camera | bcc | 1 | 0 | 0 |" in printed
    assert printed.endswith(f"58 pictures, written to {tmp_path / 'cache'}.\n")
