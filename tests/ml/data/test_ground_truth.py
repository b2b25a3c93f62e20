import pytest

from ml.data.ground_truth import BENIGN, NOT_MELANOMA, Truth, read_labels
from ml.errors import OperatorError
from ml.labels import DIAGNOSES


def read(tmp_path, text):
    (tmp_path / "labels.csv").write_text(text)
    return read_labels(tmp_path / "labels.csv")


@pytest.mark.parametrize(
    "text",
    [
        "image_id,melanoma\na,1\nb,0\n",
        "lesion_id,image_id,dx\n,a,mel\n,b,nv\n",
        "image_id,diagnosis\na,melanoma\nb,nevus\n",
        "image_id,diagnosis,dx\na,something,mel\nb,something,nv\n",
        "\ufeffimage_id,melanoma\na,1\nb,0\n",
    ],
)
def test_melanoma_is_read_from_the_public_tables(tmp_path, text):
    assert {name: truth.is_melanoma for name, truth in read(tmp_path, text).items()} == {
        "a": True, "b": False,
    }  # fmt: skip


@pytest.mark.parametrize("name", DIAGNOSES)
@pytest.mark.parametrize("column", ["dx", "diagnosis"])
def test_each_diagnosis_is_recognised_by_its_abbreviation(tmp_path, name, column):
    assert read(tmp_path, f"image_id,{column}\na,{name}\n")["a"].diagnosis == DIAGNOSES.index(name)


@pytest.mark.parametrize(
    ("text", "diagnosis"),
    [
        ("image_id,dx\na,other\n", BENIGN),
        ("image_id,dx\na,not_mel\n", NOT_MELANOMA),
        ("image_id,melanoma\na,0\n", NOT_MELANOMA),
        ("image_id,diagnosis,benign_malignant\na,keloid,benign\n", BENIGN),
        ("image_id,diagnosis,benign_malignant\na,keloid,\n", NOT_MELANOMA),
        ("isic_id,diagnosis_1,diagnosis_3\na,Malignant,Basal cell carcinoma\n", 2),
        ("image,MEL,NV,SCC\na,0,0,1\n", DIAGNOSES.index("scc")),
        ("image_id,diagnosis\na,Basal cell carcinoma\n", DIAGNOSES.index("bcc")),
    ],
)
def test_known_diagnoses_are_read_and_others_are_benign_only_if_the_table_says_so(
    tmp_path, text, diagnosis
):
    assert read(tmp_path, text)["a"].diagnosis == diagnosis


def test_photos_are_grouped_by_patient_or_else_by_lesion_or_else_alone(tmp_path):
    text = "image_id,lesion_id,patient_id,dx\na,L,P,mel\nb,L,,nv\nc,,,nv\n"
    assert [truth.group for truth in read(tmp_path, text).values()] == ["P", "L", "c"]


def test_the_extension_of_an_image_name_is_dropped(tmp_path):
    assert read(tmp_path, "image_id,dx\nPAT_8.png,bcc\nv1.2,nv\n").keys() == {"PAT_8", "v1.2"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("image_id,colour\na,brown\n", "names no diagnosis"),
        ("name,melanoma\na,1\n", "needs a column image_id"),
    ],
)
def test_a_table_without_ground_truth_is_refused(tmp_path, text, sentence):
    with pytest.raises(OperatorError, match=sentence):
        read(tmp_path, text)


def test_a_missing_table_is_reported(tmp_path):
    with pytest.raises(OperatorError, match="cannot be read"):
        read_labels(tmp_path / "labels.csv")


def test_a_ground_truth_says_whether_it_is_melanoma():
    assert Truth(DIAGNOSES.index("mel"), "a").is_melanoma
    assert not Truth(BENIGN, "a").is_melanoma
