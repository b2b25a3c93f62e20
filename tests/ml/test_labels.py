import pytest

from ml.labels import BENIGN, DIAGNOSES, MALIGNANT, MELANOMA_INDEX, Diagnosis, Label, outputs


def test_only_the_diagnosis_melanoma_has_the_label_melanoma():
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
def test_each_output_of_a_network_with_seven_or_eight_outputs_is_a_diagnosis(count, names):
    assert outputs(count) == tuple(names.split())
