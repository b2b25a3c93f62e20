import pytest

from ml.data import tables
from ml.data.diagnosis_names import diagnoses_of, melanomas_of
from ml.errors import OperatorError

ONE_HOT = "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\n"
TODAY = "isic_id,diagnosis_1,diagnosis_2,diagnosis_3,diagnosis_4,diagnosis_5,image_type\n"


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "t.csv").write_text(text)
        return tables.read(tmp_path / "t.csv")

    return read


def test_the_one_hot_columns_of_isic_2019_are_read(read):
    rows = [f"I{n}," + ",".join(str(float(n == m)) for m in range(9)) for n in range(9)]
    names = ["mel", "nv", "bcc", "akiec", "bkl", "df", "vasc", "scc"]
    # The ninth column is UNK.
    assert diagnoses_of(read(ONE_HOT + "\n".join(rows))) == {
        f"I{n}": name for n, name in enumerate(names)
    }


def test_the_one_hot_columns_of_isic_2018_are_read(read):
    table = read("image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\na,0,0,0,1,0,0,0\nb,1,0,0,0,0,0,0\n")
    assert diagnoses_of(table) == {"a": "akiec", "b": "mel"}
    assert melanomas_of(table) == {"a": False, "b": True}


@pytest.mark.parametrize("cells", ["0,0,0,0,0,0,0,0,0", "1,1,0,0,0,0,0,0,0", "yes,0,0,0,0,0,0,0,0"])
def test_a_row_without_exactly_one_diagnosis_is_named(read, cells):
    with pytest.raises(OperatorError, match="row 2"):
        diagnoses_of(read(f"{ONE_HOT}a,{cells}\n"))


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ("Malignant,Malignant melanocytic proliferations (Melanoma),Melanoma in situ,,", "mel"),
        ("Malignant,Malignant melanocytic proliferations (Melanoma),Melanoma Invasive,"
         '"Melanoma Invasive, Associated with a nevus",', "mel"),
        ("Malignant,Malignant melanocytic proliferations (Melanoma),,,", "mel"),
        ("Benign,Benign melanocytic proliferations,Nevus,,", "nv"),
        ("Benign,Benign melanocytic proliferations,Nevus,Blue nevus,", "nv"),
        ("Benign,Benign melanocytic proliferations,,,", "nv"),
        ("Malignant,Malignant adnexal epithelial proliferations - Follicular,"
         'Basal cell carcinoma,"Basal cell carcinoma, Nodular",', "bcc"),
        ("Malignant,Malignant epidermal proliferations,Squamous cell carcinoma in situ,"
         '"Squamous cell carcinoma in situ, Bowens disease",', "akiec"),
        ('Malignant,Malignant epidermal proliferations,"Squamous cell carcinoma, Invasive",,',
         "scc"),
        ('Malignant,Malignant epidermal proliferations,"Squamous cell carcinoma, NOS",,', "scc"),
        ("Indeterminate,Indeterminate epidermal proliferations,Solar or actinic keratosis,,",
         "akiec"),
        ("Benign,Benign epidermal proliferations,Seborrheic keratosis,,", "bkl"),
        ("Benign,Benign epidermal proliferations,Pigmented benign keratosis,,", "bkl"),
        ("Benign,Benign epidermal proliferations,Lichen planus like keratosis,,", "bkl"),
        ("Benign,Flat melanotic pigmentations - not melanocytic nevus,Solar lentigo,,", "bkl"),
        ("Benign,Flat melanotic pigmentations - not melanocytic nevus,Lentigo NOS,,", "other"),
        ("Benign,Benign soft tissue proliferations - Fibro-histiocytic,Dermatofibroma,,", "df"),
        ("Benign,Benign soft tissue proliferations - Fibro-histiocytic,Scar,,", "other"),
        ("Benign,Benign soft tissue proliferations - Vascular,Hemangioma,,", "vasc"),
        ("Benign,Benign soft tissue proliferations - Vascular,Angiokeratoma,,", "vasc"),
        ("Benign,Benign soft tissue proliferations - Vascular,,,", "vasc"),
        ("Benign,Benign epidermal proliferations,Epidermal nevus,,", "other"),
        ("Benign,Benign - Other,,,", "other"),
        ("Benign,,,,", "other"),
        # Neither benign nor one of the eight diagnoses. The last row names no diagnosis.
        ("Malignant,Malignant soft tissue proliferations - Vascular,Angiosarcoma,,", None),
        ("Malignant,Malignant soft tissue proliferations - Fibro-histiocytic,"
         "Dermatofibrosarcoma protuberans,,", None),
        ("Indeterminate,Indeterminate melanocytic proliferations,Atypical melanocytic neoplasm,,",
         None),
        (",,,,", None),
    ],
)  # fmt: skip
def test_diagnoses_of_todays_isic_archive_are_read(read, levels, expected):
    diagnoses = diagnoses_of(read(f"{TODAY}ISIC_1,{levels},dermoscopic\n"))
    assert diagnoses.get("ISIC_1") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image_id,dx\na,NV\n", "nv"),
        ("image_id,dx\na,scc\n", "scc"),
        ("image_id,dx\na,other\n", "other"),
        ("img_id,diagnostic\na.png,ACK\n", "akiec"),
        ("img_id,diagnostic\na.png,SEK\n", "bkl"),
        ("isic_id,diagnosis,benign_malignant\na,nevus,benign\n", "nv"),
        ("isic_id,diagnosis,benign_malignant\na,melanoma,malignant\n", "mel"),
        ("isic_id,diagnosis,benign_malignant\na,scar,benign\n", "other"),
        ("isic_id,diagnosis,benign_malignant\na,,benign\n", "other"),
        ("isic_id,diagnosis,benign_malignant\na,AIMP,indeterminate\n", None),
        ("image_id,diagnosis\na,non-melanoma\n", None),
        ("image_id,diagnosis\na,lentigo maligna\n", "mel"),
    ],
)
def test_words_and_codes_of_other_tables_are_read(read, text, expected):
    assert diagnoses_of(read(text)).get("a") == expected


def test_a_table_without_a_diagnosis_is_refused(read):
    with pytest.raises(OperatorError, match=r"names no diagnosis: .* it has image_id, colour"):
        diagnoses_of(read("image_id,colour\na,brown\n"))


def test_other_cancers_are_not_melanomas_and_indeterminate_lesions_are_left_out(read):
    text = f"{TODAY}a,Malignant,,Merkel cell carcinoma,,,\nb,Indeterminate,,,,,\nc,,,,,,\n"
    assert melanomas_of(read(text)) == {"a": False}
    assert melanomas_of(read("image_id,dx\na,not_mel\nb,mel\n")) == {"a": False, "b": True}


def test_a_value_other_than_yes_or_no_is_named(read):
    with pytest.raises(OperatorError, match="row 3: melanoma is “perhaps”"):
        melanomas_of(read("image_id,melanoma\na,1\nb,perhaps\n"))
