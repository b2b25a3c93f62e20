import pytest

from ml.evaluation.subgroups import factors


@pytest.mark.parametrize(
    ("age", "band"),
    [("39.0", "under 40"), ("40.0", "40 to 59"), ("59", "40 to 59"), ("60", "60 and over"),
     ("", "")],
)  # fmt: skip
def test_ages_are_grouped_in_bands(age, band):
    assert factors.age_band({"age": age}) == factors.age_band({"age_approx": age}) == band


@pytest.mark.parametrize(
    ("value", "band"),
    [
        ("1.0", "I and II"),
        ("2", "I and II"),
        ("3.0", "III to VI"),
        ("II", "I and II"),
        ("VI", "III to VI"),
        ("", ""),
    ],
)
def test_skin_types_are_grouped_in_two_bands(value, band):
    assert factors.skin_type({"fitzpatrick": value}) == band


@pytest.mark.parametrize(
    ("row", "truth"),
    [
        ({"dx_type": "histo"}, "histology"),
        ({"dx_type": "histopathology"}, "histology"),
        ({"dx_type": "follow_up"}, "otherwise"),
        ({"biopsied": "True"}, "histology"),
        ({"biopsied": "False"}, "otherwise"),
        ({}, ""),
    ],
)
def test_histology_is_distinguished_from_other_ground_truth(row, truth):
    assert factors.ground_truth(row) == truth


@pytest.mark.parametrize("column", ["sex", "localization"])
def test_an_unknown_value_makes_no_subgroup(column):
    bands = {factor(dict.fromkeys([column], "Unknown")) for factor in factors.FACTORS.values()}
    assert bands == {""}


def test_facts_from_several_tables_are_combined(tmp_path):
    (tmp_path / "HAM10000_metadata.csv").write_text("image_id,lesion_id,dx,sex\na,l,nv,male\n")
    (tmp_path / "more.csv").write_text("image_id,fitzpatrick\na,2.0\n")
    (tmp_path / "notes.csv").write_text("what\nnothing\n")
    facts = factors.read_tables(tmp_path)["a"]
    assert (facts["sex"], facts["fitzpatrick"]) == ("male", "2.0")
