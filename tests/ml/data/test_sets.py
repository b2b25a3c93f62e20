"""The readers of Derm7pt, PAD-UFES-20 and the ISIC sets."""

import pytest

from ml.data import derm7pt, isic, pad_ufes20

DERM7PT = {"image_id": "nel025", "image_type": "camera", "case_id": "1", "split": "train"}
META = {"case_num": "1", "derm": "NEL/nel026.jpg", "clinic": "NEL/nel025.jpg", "split": "train"}
PAD = {"patient_id": "PAT_4", "lesion_id": "53"}


def only_entry(entries):
    (entry,) = entries
    return entry


def test_a_case_of_derm7pt_has_a_photo_of_each_kind():
    rows = [{**META, "diagnosis": "melanoma (in situ)"}]
    dermoscopic, camera = derm7pt.entries(rows)
    assert (dermoscopic.image_id, dermoscopic.kind) == ("nel026", "dermoscopic")
    assert (camera.image_id, camera.kind) == ("nel025", "camera")
    assert dermoscopic.group == camera.group
    assert dermoscopic.diagnosis == "mel"


@pytest.mark.parametrize(
    ("diagnosis", "dx"),
    [
        ("melanoma metastasis", "mel"),
        ("reed or spitz nevus", "nv"),
        ("lentigo", "other"),
        ("miscellaneous", ""),
    ],
)
def test_the_names_of_diagnoses_in_derm7pt_are_recognised(diagnosis, dx):
    assert {e.diagnosis for e in derm7pt.entries([{**META, "diagnosis": diagnosis}])} == {dx}


def test_miscellaneous_is_not_read_as_benign():
    row = {**DERM7PT, "dx": "other", "diagnosis": "miscellaneous"}
    assert only_entry(derm7pt.entries([row])).diagnosis == ""


def test_the_valid_split_of_derm7pts_authors_is_in_our_test_split():
    row = {**DERM7PT, "dx": "nv", "diagnosis": "clark nevus", "split": "valid"}
    assert only_entry(derm7pt.entries([row])).split == "test"


@pytest.mark.parametrize("row", [{**DERM7PT, "dx": "nv"}, META])
def test_a_case_of_derm7pt_with_an_unknown_split_is_refused(row):
    rows = [{**row, "diagnosis": "clark nevus", "split": "tset"}]
    with pytest.raises(ValueError, match="the split of case 1 is “tset”"):
        list(derm7pt.entries(rows))


@pytest.mark.parametrize(
    "row",
    [{"image_id": "PAT_4_53_1", "dx": "scc"}, {"img_id": "PAT_4_53_1.png", "diagnostic": "SCC"}],
)
def test_pad_ufes20_is_split_by_patient_in_either_layout(row):
    entry = only_entry(pad_ufes20.entries([{**PAD, **row}]))
    assert entry[:4] == ("PAT_4_53_1", "pad_ufes20/PAT_4/53", "scc", "valid")
    assert (entry.kind, entry.group) == ("camera", "pad_ufes20/PAT_4")


def test_acral_lesions_of_one_patient_are_in_one_split():
    rows = [
        {"image_id": f"ISIC_{n}", "dx": "mel", "lesion_id": f"IL_{n}", "patient_id": "IP_1"}
        for n in range(9)
    ]
    entries = list(isic.acral_entries(rows))
    assert len({e.split for e in entries}) == 1
    assert len({e.lesion_id for e in entries}) == 9


def test_two_names_of_the_same_picture_are_in_one_group():
    rows = [
        {"image_id": name, "dx": "nv", "lesion_id": f"MSK4_{n}"}
        for n, name in enumerate(("ISIC_0013109", "ISIC_0013163"))
    ]
    assert len({e.group for e in isic.msk_entries(rows)}) == 1


def test_an_export_of_the_isic_archive_distinguishes_kinds_of_photo():
    rows = [
        {
            "image_id": "ISIC_1",
            "named": "bcc",
            "image_type": "clinical: close-up",
            "patient_id": "P",
        },
        {"image_id": "ISIC_2", "named": "nv", "image_type": "dermoscopic", "patient_id": "P"},
        {"image_id": "ISIC_3", "named": "", "image_type": "dermoscopic", "patient_id": "Q"},
    ]
    camera, dermoscopic = isic.archive_entries(rows)
    assert (camera.kind, dermoscopic.kind) == ("camera", "dermoscopic")
    assert camera.group == dermoscopic.group == "isic/P"


def test_uda1_is_never_used_for_training():
    rows = [{"image_id": f"ISIC_{n}", "dx": "nv"} for n in range(20)]
    assert {e.split for e in isic.uda1_entries(rows)} == {"test"}
