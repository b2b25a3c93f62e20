import pytest

from ml.labels import BENIGN, DIAGNOSES, MALIGNANT, MELANOMA_INDEX, Diagnosis, Label, outputs


def test_melanoma_is_the_only_diagnosis_with_that_label():
    assert [d for d in Diagnosis if d.label is Label.MELANOMA] == [Diagnosis.MEL]


def test_the_position_of_melanoma_follows_the_order_of_diagnoses():
    assert DIAGNOSES[MELANOMA_INDEX] is Diagnosis.MEL


def test_labels_have_a_text_for_people():
    assert [label.text for label in Label] == ["not melanoma", "melanoma"]


def test_every_diagnosis_is_malignant_or_benign():
    assert {*MALIGNANT} == {"mel", "bcc", "akiec", "scc"}
    assert {*MALIGNANT, *BENIGN} == {*DIAGNOSES}
    assert not {*MALIGNANT} & {*BENIGN}


@pytest.mark.parametrize(
    ("count", "names"),
    [(7, "akiec bcc bkl df mel nv vasc"), (8, "mel nv bcc akiec bkl df vasc scc")],
)
def test_networks_with_seven_and_eight_outputs_name_them(count, names):
    assert outputs(count) == tuple(names.split())
