from ml.labels import DIAGNOSES, MELANOMA_INDEX, Diagnosis, Label


def test_melanoma_is_the_only_diagnosis_with_that_label():
    assert [d for d in Diagnosis if d.label is Label.MELANOMA] == [Diagnosis.MEL]


def test_the_melanoma_output_is_the_one_that_the_order_of_diagnoses_says():
    assert DIAGNOSES[MELANOMA_INDEX] is Diagnosis.MEL


def test_labels_have_a_text_for_people():
    assert [label.text for label in Label] == ["not melanoma", "melanoma"]
