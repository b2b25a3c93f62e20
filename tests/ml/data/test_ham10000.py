from collections import Counter

import pytest

from ml.data.ham10000 import (
    SPLITS,
    Row,
    find_metadata,
    read_metadata,
    same_lesions,
    split_by_group,
    without_crossing,
)
from ml.errors import OperatorError
from ml.labels import Diagnosis

HEADER = "lesion_id,image_id,dx,dx_type\n"


def rows(lesions, diagnosis=Diagnosis.NV):
    return [Row(f"I{n}{view}", f"L{n}", diagnosis, "") for n in range(lesions) for view in "ab"]


def table(folder, text, name="HAM10000_metadata.csv"):
    path = folder / name
    path.write_text(text)
    return path


def test_all_images_of_a_lesion_share_its_split(tmp_path):
    path = table(tmp_path, HEADER + "".join(f"L{n // 2},I{n},nv,histo\n" for n in range(100)))
    parts = {}
    for row in read_metadata(path, seed=1):
        assert parts.setdefault(row.lesion_id, row.split) == row.split
    assert set(parts.values()) == set(SPLITS)


def test_each_diagnosis_is_split_80_10_10():
    parts = split_by_group(rows(50) + rows(100, Diagnosis.MEL)[100:], seed=1)
    for lesions in (range(50), range(50, 100)):
        counts = Counter(parts[f"L{n}"] for n in lesions)
        assert counts == {"train": 40, "valid": 5, "test": 5}


def test_the_same_seed_gives_the_same_split():
    assert split_by_group(rows(40), 7) == split_by_group(rows(40)[::-1], 7)
    assert split_by_group(rows(40), 7) != split_by_group(rows(40), 8)


def test_all_lesions_of_a_patient_share_a_split_and_patients_with_melanoma_are_stratified(tmp_path):
    header = "patient_id,lesion_id,image_id,dx\n"
    lesions = [
        (n, m, "mel" if n < 20 and not m else "not_mel") for n in range(60) for m in range(3)
    ]
    text = header + "".join(f"P{n},{m},I{n}{m},{dx}\n" for n, m, dx in lesions)
    parts = {}
    for row in read_metadata(table(tmp_path, text), seed=1):
        assert parts.setdefault(row.patient_id, row.split) == row.split
    counts = Counter(parts[f"P{n}"] for n in range(20))
    assert counts == {"train": 16, "valid": 2, "test": 2}


def test_a_split_column_of_the_table_is_kept(tmp_path):
    path = table(tmp_path, "lesion_id,image_id,dx,split\nL1,I1,mel,test\nL2,I2,nv,train\n")
    assert [row.split for row in read_metadata(path, seed=1)] == ["test", "train"]


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        (("test", "validation"), "split is “validation”, which is none of train, valid, test"),
        (("test", ""), "1 of 2 rows have no split. Fill in all or none"),
    ],
)
def test_given_splits_are_never_replaced(tmp_path, splits, message):
    header, (first, second) = "lesion_id,image_id,dx,split\n", splits
    path = table(tmp_path, f"{header}L1,I1,mel,{first}\nL2,I2,nv,{second}\n")
    with pytest.raises(OperatorError, match=message):
        read_metadata(path, seed=1)


@pytest.mark.parametrize(
    "name", ["HAM10000_metadata", "ham10000.csv", "HAM10000_metadata.csv", "HAM10000_metadata.tab"]
)
def test_the_table_is_found_by_its_public_names(tmp_path, name):
    path = table(tmp_path, HEADER, name)
    assert find_metadata(tmp_path) == path


def test_the_error_for_a_missing_table_says_where_to_get_it(tmp_path):
    with pytest.raises(OperatorError, match="download HAM10000"):
        find_metadata(tmp_path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "needs the columns image_id and lesion_id and dx: it has a, b"),
        (HEADER + "L1,I1,warts,histo\n", "row 2: dx is “warts”"),
        ("lesion_id,image_id,dx,image_type\nL1,I1,nv,clinic\n", "row 2: image_type is “clinic”"),
        (HEADER + "L1,I1,nv,histo\nL1,I1,mel,histo\n", "I1 in rows 2 and 3 with different dx"),
    ],
)
def test_a_table_with_wrong_columns_or_values_is_refused(tmp_path, text, sentence):
    with pytest.raises(OperatorError, match=sentence):
        read_metadata(table(tmp_path, text), seed=1)


def test_a_repeated_row_counts_once(tmp_path):
    path = table(tmp_path, HEADER + "L1,I1,nv,histo\nL2,I2,mel,histo\nL1,I1,nv,histo\n")
    assert [row.image_id for row in read_metadata(path, seed=1)] == ["I1", "I2"]


ROWS = [
    Row(f"ISIC_{n}", f"HAM_{n}", Diagnosis.NV, split)
    for n, split in enumerate(("train", "test", "train"))
]


def test_duplicate_lesions_share_a_name_and_others_keep_theirs():
    names = same_lesions(ROWS, [{"lesion_a": "HAM_1", "lesion_b": "HAM_0"}])
    assert names == {"HAM_0": "HAM_1", "HAM_1": "HAM_1", "HAM_2": "HAM_2"}


def test_a_lesion_in_train_and_test_stays_only_in_test():
    names = same_lesions(ROWS, [{"lesion_a": "HAM_0", "lesion_b": "HAM_1"}])
    assert [row.image_id for row in without_crossing(ROWS, names)] == ["ISIC_1", "ISIC_2"]
