import csv
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from diagnosis.audit import verification
from diagnosis.management.commands import export_dataset
from diagnosis.models import AuditEntry, Lesion, Profile
from diagnosis.photos.encryption import DamagedFileError, EncryptedStorage
from diagnosis.review.dataset import IMAGES, TABLE
from ml.__main__ import main
from ml.data import cache
from ml.labels import MELANOMA_INDEX
from tests.factories import make_histology, make_review, make_screening, make_user

NOW = timezone.now()
TODAY = timezone.localdate()
# The values of HAM10000's column `localization`.
PLACES = {
    *("abdomen", "acral", "back", "chest", "ear", "face", "foot", "genital", "hand", "neck"),
    *("lower extremity", "scalp", "trunk", "unknown", "upper extremity"),
}


@pytest.fixture
def consenting(owner):
    owner.allows_training_since = NOW
    owner.save()
    return owner


@pytest.fixture
def case(make, db):
    """Make a photo with its readings, and the biopsy result of its spot."""
    readers = [make_user(f"{name}@example.org") for name in ("rita", "rolf", "rosa")]

    def build(*verdicts, tier="watch", biopsy="", **fields):
        screening = make("done", tier=tier, **fields)
        for reader, verdict in zip(readers, verdicts, strict=False):
            make_review(screening, reader, verdict)
        if biopsy:
            make_histology(screening.lesion, biopsy)
        return screening

    return build


@pytest.fixture
def export(tmp_path, capsys):
    """Export a data set. Return the table's rows, the command's output and the folder."""

    def run():
        folder = tmp_path / f"set-{len(list(tmp_path.iterdir()))}"
        call_command("export_dataset", "--out", str(folder))
        with (folder / TABLE).open(newline="") as file:
            return list(csv.DictReader(file)), capsys.readouterr().out, folder

    return run


@pytest.mark.usefixtures("consenting")
@pytest.mark.parametrize(
    ("verdicts", "fields", "expected"),
    [
        (["agree", "agree"], {}, ("not_mel", "consensus")),
        (["disagree", "disagree"], {"tier": "urgent"}, ("not_mel", "consensus")),
        ([], {"biopsy": "melanoma"}, ("mel", "histo")),
        (["agree", "agree"], {"biopsy": "melanoma"}, ("mel", "histo")),
        (["refer", "refer"], {"biopsy": "benign"}, ("not_mel", "histo")),
        ([], {"biopsy": "other_malignant"}, ("not_mel", "histo")),
    ],
)
def test_a_biopsy_or_else_two_readers_decide_the_diagnosis(
    case, export, verdicts, fields, expected
):
    case(*verdicts, **fields)
    ((row,), _, _) = export()
    assert (row["dx"], row["dx_type"]) == expected


@pytest.mark.usefixtures("consenting")
@pytest.mark.parametrize(
    ("verdicts", "fields", "reason"),
    [
        (["agree"], {}, "not read twice"),
        (["refer", "agree", "agree"], {}, "readers differ"),
        (["refer", "refer"], {}, "suspicious, no biopsy"),
        (["agree", "unusable"], {}, "photo not usable"),
        (["agree", "agree"], {"capture": "unknown"}, "kind of photo unknown"),
        (["agree", "agree"], {"photo": "xx/gone.jpg"}, "photo missing"),
        ([], {"biopsy": "benign", "created_at": NOW + timedelta(days=2)}, "after the biopsy"),
    ],
)
def test_left_out_photos_are_counted_by_reason(case, export, verdicts, fields, reason):
    case(*verdicts, **fields)
    rows, output, _ = export()
    assert rows == []
    assert f"Left out: 1 {reason}, 0 no consent." in output


@pytest.mark.usefixtures("consenting")
@pytest.mark.parametrize(
    ("error", "reason"), [(DamagedFileError, "photo damaged"), (FileNotFoundError, "photo missing")]
)
def test_a_photo_that_cannot_be_read_stops_no_other(case, export, monkeypatch, error, reason):
    """As when the file was damaged, or the person deleted it since the cases were chosen."""
    unreadable, _ = case("agree", "agree"), case("agree", "agree")
    read = EncryptedStorage.open

    def open_other(storage, name, mode="rb"):
        if name == unreadable.photo.name:
            raise error
        return read(storage, name, mode)

    monkeypatch.setattr(EncryptedStorage, "open", open_other)
    rows, output, folder = export()
    written = [path.name for path in (folder / IMAGES).iterdir()]
    assert written == [f"{row['image_id']}.jpg" for row in rows]
    assert f"1 cases, 1 lesions, 0 melanomas written. Left out: 1 {reason}" in output


@pytest.mark.usefixtures("consenting")
def test_a_spot_with_any_suspicious_reading_is_left_out_completely(case, export):
    lesion = case("agree", "agree").lesion
    case("refer", "refer", lesion=lesion)
    assert export()[0] == []


def test_nothing_is_written_without_consent_or_after_its_withdrawal(case, consenting, export):
    case("agree", "agree")
    assert len(export()[0]) == 1
    consenting.allows_training_since = None
    consenting.save()
    rows, output, folder = export()
    assert rows == list((folder / IMAGES).iterdir()) == []
    assert "0 cases, 0 lesions, 0 melanomas written. Left out: 1 no consent." in output


@pytest.mark.parametrize(("name", "age"), [("my father", 80), ("", 12)])
def test_photos_of_somebody_else_or_of_a_child_are_left_out(case, consenting, export, name, age):
    year = TODAY.year - age
    person = Profile.objects.create(owner=consenting, name=name, birth_year=year)
    case("agree", "agree", biopsy="melanoma", lesion=Lesion(owner=consenting, profile=person))
    rows, output, _ = export()
    assert rows == []
    assert "1 of somebody else, or under 18" in output


@pytest.mark.usefixtures("consenting")
def test_ids_are_new_in_every_data_set_and_the_photos_of_a_spot_share_its_id(case, export):
    lesion = case("agree", "agree").lesion
    case("agree", "agree", lesion=lesion)
    Lesion.objects.update(body_site="arm")
    first, _, folder = export()
    second, _, _ = export()
    assert len({row["lesion_id"] for row in first}) == 1
    names = {row[name] for row in first + second for name in ("lesion_id", "image_id")}
    assert len(names) == 6
    assert {row["localization"] for row in first} == {"upper extremity"}
    assert str(lesion.pk) not in (folder / TABLE).read_text()


@pytest.mark.usefixtures("consenting")
def test_the_photos_of_a_person_share_a_patient_id_that_is_new_in_every_data_set(
    case, export, stranger, jpeg
):
    case("agree", "agree")
    case(biopsy="melanoma")
    stranger.allows_training_since = NOW
    stranger.save()
    make_histology(make_screening(stranger, jpeg, "done").lesion, "melanoma")
    patients = [[row["patient_id"] for row in export()[0]] for _ in range(2)]
    assert [sorted(Counter(ids).values()) for ids in patients] == [[1, 2]] * 2
    assert not {*patients[0]} & {*patients[1]}


@pytest.mark.usefixtures("consenting")
@pytest.mark.parametrize("site", Lesion.BodySite.values)
def test_every_body_site_is_exported_in_ham10000s_words(case, export, site):
    case("agree", "agree")
    Lesion.objects.update(body_site=site)
    rows, _, _ = export()
    assert {row["localization"] for row in rows} <= PLACES


@pytest.mark.usefixtures("consenting")
def test_an_export_is_in_the_audit_trail(case, export):
    case(biopsy="melanoma")
    case("agree", "agree")
    export()
    detail = {"what": "data set", "cases": 2, "lesions": 2, "melanomas": 1}
    assert AuditEntry.objects.get(action="export").detail == detail
    assert verification.check().faults == []


@pytest.mark.django_db
def test_an_existing_folder_is_left_alone(tmp_path):
    with pytest.raises(CommandError, match="cannot be written: File exists"):
        call_command("export_dataset", "--out", str(tmp_path))
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_command_and_pages_say_to_delete_the_copies_of_photos(export):
    _, output, _ = export()
    assert export_dataset.DELETE_COPIES in output
    for page in ("training.md", "operating.md"):
        words = (settings.BASE_DIR / "docs" / page).read_text().split()
        assert export_dataset.DELETE_COPIES in " ".join(words)


@pytest.mark.usefixtures("consenting")
def test_prepare_reads_an_export(case, export, tmp_path):
    for _ in range(3):
        case(biopsy="melanoma", capture="camera")
        case("agree", "agree")
    _, _, folder = export()
    assert main(["prepare", "--data", str(folder), "--cache", str(tmp_path / "cache")]) == 0
    data = cache.read(tmp_path / "cache")
    assert sorted(data.diagnoses) == [-1, -1, -1, *[MELANOMA_INDEX] * 3]
    assert data.pixels.any(axis=(1, 2, 3)).all()
    assert [*(data.kinds == "camera")] == [*data.melanoma]
    assert len({*data.groups}) == len({*data.splits}) == 1
