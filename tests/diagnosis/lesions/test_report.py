"""What the report of a lesion contains, and what it must never contain."""

import io
import re
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from PIL import Image
from pypdf import PdfReader

from accounts.models import SkinType
from diagnosis.lesions import report
from diagnosis.lesions import views as lesions
from diagnosis.lesions.texts import CARD_MISSING, NO_TIER, NOTHING_KNOWN
from diagnosis.models import Answers, AuditEntry, Lesion, Profile, Screening
from diagnosis.rules import checklist
from diagnosis.screenings import services
from diagnosis.screenings.question_forms import QUESTIONS
from ml.labels import Kind
from ml.paths import DEFAULT_MODEL
from ml.serving import card_files
from tests.factories import encoded, make_measurement, make_prediction, make_review, make_screening
from tests.pictures import dermoscopy_like

HOSTILE = '#read("/etc/passwd") *b* _i_ $x^2$ <tag> @ref \\ // = h [c] `r`'


@pytest.fixture
def screening(make):
    screening = make("done")
    make_prediction(screening, model_version=card_files.read(DEFAULT_MODEL).version)
    return screening


def make_pdf(owner):
    return report.make(Lesion.objects.with_photos().get(), by=owner)


def words(pdf, pages=None):
    """Return the text of a PDF, or of its first pages, in one line."""
    chosen = PdfReader(io.BytesIO(pdf)).pages[:pages]
    return " ".join(" ".join(page.extract_text() for page in chosen).split())


@pytest.fixture
def referred(owner, screening, reviewer):
    """A photo with answers, a result and a reading."""
    Lesion.objects.update(name="near the elbow", body_site="arm", side="left")
    profile = {"birth_year": 1950, "sex": "male", "is_immune_weak": True, "had_melanoma": True}
    Profile.objects.update(answered_at=timezone.now(), **profile)
    make_review(screening, reviewer, "urgent", note="for colleagues only", message="Ring us.")
    ticked = {"bleeds": True, "is_large": True}
    answer = services.answer(screening, by=owner, ticked=ticked | {"unsure": ["is_new", "lump"]})
    return answer.screening


@pytest.mark.usefixtures("referred")
def test_the_first_page_is_a_referral_letter(owner):
    day = date_format(timezone.localdate() + timedelta(days=14), "j F Y")
    text = words(make_pdf(owner), pages=1)
    sentences = (
        *("near the elbow, left arm or shoulder", owner.email, "With a dermatoscope"),
        f"Urgent: please see within two weeks, by {day}.",
        *("According to the person’s answers, urgent: it bleeds without an injury", "Urgent tier"),
        *(
            "urgent, to be seen within two weeks. The clinician wrote: “Ring us.”",
            "born in 1950",
            "Sex: male",
        ),
        *("Earlier skin cancer: melanoma", "Immune system: weakened", "7-point checklist: 1 of 10"),
        *("Yes: 7 mm or more; bleeding without injury", "No: change in size"),
        *("Name", "Born", "Medication"),
    )
    assert [sentence for sentence in sentences if sentence not in text] == []
    assert "Not known to the person: new within a few months; raised lump." in text
    assert "growing lump" not in text


def test_the_letter_is_one_page_however_long_the_texts(owner, make, reviewer):
    screening = make("done", tier="urgent", note="some words of a note, " * 22)
    Lesion.objects.update(name="a name that is long, " * 3, body_site="arm", side="left")
    history = {"birth_year": 1950, "is_immune_weak": True, "had_melanoma": True}
    Profile.objects.update(answered_at=timezone.now(), had_skin_cancer=True, **history)
    ticked = dict.fromkeys(checklist.QUESTIONS, True) | {"unsure": ["is_oozing"]}
    services.answer(screening, by=owner, ticked=ticked)
    make_review(screening, reviewer, "urgent", message="some words to the person, " * 19)
    letter = words(make_pdf(owner), pages=1)
    assert "Medication" in letter
    assert "can miss a cancer" in letter


def test_signs_unknown_to_the_person_are_not_listed_as_absent(owner, make):
    screening = make("done", tier="soon")
    everything = {"unsure": [*QUESTIONS][: checklist.ASKED]}
    services.answer(screening, by=owner, ticked=everything)
    text = words(make_pdf(owner), pages=1)
    assert str(NOTHING_KNOWN) in text
    assert [wrong for wrong in ("None of the signs", "7-point", "No:") if wrong in text] == []


@pytest.mark.parametrize(("unsure", "is_denied"), [([], True), (["is_oozing"], False)])
def test_all_signs_are_denied_only_if_the_person_denied_each(owner, make, unsure, is_denied):
    screening = make("done", tier="soon")
    services.answer(screening, by=owner, ticked={"unsure": unsure})
    assert ("None of the signs" in words(make_pdf(owner), pages=1)) == is_denied


@pytest.mark.usefixtures("referred")
def test_the_report_addresses_the_doctor_and_not_the_person(owner):
    text = words(make_pdf(owner))
    assert not re.search(r"\byou", text, re.IGNORECASE)
    assert "for colleagues" not in text


@pytest.mark.parametrize(
    ("tier", "ticked", "verdict", "requested"),
    [
        ("urgent", {}, "", "Urgent: please see within two weeks"),
        ("soon", {}, "", "Please see within eight weeks"),
        ("watch", {}, "", "No visit is requested. A new photo is due"),
        ("watch", {"changed_size": True}, "", "Please see within eight weeks"),
        ("watch", {"bleeds": True}, "watch", "Urgent: please see within two weeks"),
        ("watch", {}, "urgent", "Urgent: please see within two weeks"),
        ("", {}, "", "There is no result on how urgent the spot is (the model has no answer"),
        ("", {}, "soon", "Please see within eight weeks"),
    ],
)
def test_the_report_states_the_urgency(  # noqa: PLR0913, PLR0917 - each row has four values
    owner, make, reviewer, tier, ticked, verdict, requested
):
    screening = make("done", tier=tier)
    services.answer(screening, by=owner, ticked=ticked)
    if verdict:
        make_review(screening, reviewer, verdict)
    assert requested in words(make_pdf(owner), pages=1)


def test_the_report_has_the_limits_and_figures_of_the_models_card(owner, screening):
    model_card, text = card_files.read(DEFAULT_MODEL), words(make_pdf(owner))
    assert [limit for limit in model_card.limits if limit not in text] == []
    report = model_card.kinds[Kind.DERMOSCOPIC].reports["test"]
    assert f"called {100 * report.metrics['cancer_flagged'].value:.0f} of 100 skin" in text
    assert f"The model: {model_card.version}" in text


@pytest.mark.parametrize("version", ["lite0-1", "lite0-6"])
def test_the_report_has_the_card_of_an_earlier_model(owner, make, version):
    make_prediction(make("done"), model_version=version)
    text = words(make_pdf(owner))
    model_card = card_files.of_lineage(version)
    assert f"The model: {version} {model_card.architecture}, made on {model_card.created}" in text
    assert [limit for limit in model_card.limits if limit not in text] == []
    assert str(CARD_MISSING) not in text


def test_a_model_that_is_no_longer_installed_is_named_without_figures(owner, make):
    make("done", tier="watch")
    assert f"The model: test-1 {CARD_MISSING}" in words(make_pdf(owner))


@pytest.mark.usefixtures("reviewer")
def test_a_result_that_waits_for_a_clinician_is_left_out(owner, screening):
    owner.skin_type = SkinType.V
    owner.save()
    text = words(make_pdf(owner))
    assert str(NO_TIER["withheld"]) in text
    assert not re.search(r"Urgent|Of 100|lite0", text)


@pytest.mark.parametrize("status", ["pending", "running", "refused", "failed"])
def test_a_photo_without_a_result_has_a_report(owner, make, status):
    make(status)
    text = words(make_pdf(owner))
    assert "The person asks for an examination of the spot" in text
    assert "The model:" not in text


@pytest.mark.parametrize("name", [HOSTILE, "漢字", "a\x07\x1b\u202eb", "x" * 80, "'\"</"])
def test_a_hostile_name_reads_no_file_and_its_markup_stays_text(owner, screening, name):
    Lesion.objects.update(name=name)
    text = words(make_pdf(owner)).replace("\u200b", "")
    assert "root:" not in text
    if name == HOSTILE:
        assert HOSTILE in text


def test_the_pdf_is_tagged_with_language_and_alternative_texts(owner, screening):
    root = PdfReader(io.BytesIO(make_pdf(owner))).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert "pdfuaid" in root["/Metadata"].get_data().decode()
    assert [alt for alt in alternative_texts(root["/StructTreeRoot"]) if "Photo of the spot" in alt]


def alternative_texts(node):
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        yield from (alt for child in node for alt in alternative_texts(child))
    elif isinstance(node, dict):
        yield from filter(None, [node.get("/Alt")])
        yield from alternative_texts(node.get("/K", []))


def test_the_report_stays_under_1_mb_with_incompressible_photos(owner):
    noise = np.random.default_rng(1).integers(0, 256, (1500, 2000, 3), "uint8")
    lesion, jpeg = Lesion(owner=owner), encoded(Image.fromarray(noise))
    for _ in range(report.MOST_PHOTOS + 1):
        make_screening(owner, jpeg, lesion=lesion)
    pdf = make_pdf(owner)
    assert len(pdf) < 1_000_000
    assert "1 earlier photo is left out" in words(pdf)


def test_a_report_takes_this_process_less_than_a_second_of_cpu_time(owner):
    make_screening(owner, encoded(dermoscopy_like(7, (4000, 3000))))
    start = time.process_time()
    make_pdf(owner)
    assert time.process_time() - start < 1


def test_a_lost_photo_is_called_missing(owner, screening):
    screening.photo.storage.delete(screening.photo.name)
    assert "The photo is missing" in words(make_pdf(owner))


def test_the_report_is_sent_as_a_file_and_audited(owner_client, owner, screening):
    response = owner_client.get(reverse("diagnosis:report", args=[screening.lesion_id]))
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith('attachment; filename="spot-')
    entry = AuditEntry.objects.get(action="export")
    assert (entry.actor, entry.subject) == (owner.pk, f"lesion:{screening.lesion_id}")


@pytest.mark.parametrize("name", ["detail", "lesion"])
def test_result_and_lesion_link_to_the_report(owner_client, screening, name):
    pk = screening.pk if name == "detail" else screening.lesion_id
    page = owner_client.get(reverse(f"diagnosis:{name}", args=[pk])).content.decode()
    assert reverse("diagnosis:report", args=[screening.lesion_id]) in page


def test_temporary_files_are_removed(owner, screening, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "new"))
    (tmp_path / "new").mkdir()
    make_pdf(owner)
    assert list((tmp_path / "new").iterdir()) == []


def test_the_report_shows_the_measurements(owner, screening):
    make_measurement(
        screening,
        confidence=0.9,
        outline=[[0.2, 0.2], [0.8, 0.2], [0.5, 0.8]],
        figures={
            "asymmetry_score": 2,
            "border_abrupt_segments": 3,
            "colour_black": 0.5,
            "colour_red": 0.5,
        },
        percentiles={"asymmetry_shape": 87, "border_compactness": 9, "colour_variegation": 5},
    )
    text = words(make_pdf(owner))
    assert "These are measurements, not a diagnosis" in text
    assert "more uneven than that of 87 of 100 non-" in text
    assert "ends abruptly in 3 of 8 segments" in text


def test_no_stored_photo_is_opened_in_the_web_process(owner, screening, monkeypatch):
    make_measurement(screening)
    opened = Image.open

    def refuse(*_, **__):
        raise AssertionError("decoded outside the decoder process")

    monkeypatch.setattr(Image, "open", refuse)
    pdf = make_pdf(owner)
    monkeypatch.setattr(Image, "open", opened)
    assert len(list(PdfReader(io.BytesIO(pdf)).pages[0].images)) >= 1


def test_a_damaged_photo_is_called_missing_and_the_rest_is_shown(owner, screening):
    for field in (screening.photo, screening.thumbnail):
        Path(default_storage.path(field.name)).write_bytes(b"\xff\xd8\xff not a photo")
    text = words(make_pdf(owner))
    assert "The photo is missing" in text
    assert "Urgent tier" in text


def test_reports_are_limited_per_hour(owner_client, screening, monkeypatch):
    monkeypatch.setattr(lesions, "REPORTS_PER_HOUR", 1)
    url = reverse("diagnosis:report", args=[screening.lesion_id])
    assert owner_client.get(url)["Content-Type"] == "application/pdf"
    assert "You can make the next report in " in owner_client.get(url, follow=True).content.decode()


def test_the_letter_names_measurements_as_the_source_of_growth(make, owner):
    make("done", tier="watch", has_grown=True)
    text = words(make_pdf(owner))
    assert "According to the area measured in two photos, soon: it has grown" in text
    assert "According to the person’s answers" not in text


@pytest.mark.parametrize(
    ("facts", "what"),
    [
        ({"had_melanoma": True}, "it has grown, after an earlier melanoma"),
        ({"is_large": True}, "it has grown, and has other signs that doctors look for"),
    ],
)
def test_the_letter_names_both_sources_if_growth_counts_together_with_answers(
    make, owner, facts, what
):
    screening = make("done", tier="watch", has_grown=True)
    if "is_large" in facts:
        Answers.objects.create(screening=screening, **facts)
    else:
        Profile.objects.update(**facts)
    text = words(make_pdf(owner))
    source = "According to the area measured in two photos and the person’s answers"
    assert f"{source}, urgent: {what}" in text


@pytest.mark.parametrize(
    ("days", "request_"),
    [
        (1, "Because of an earlier photo of this spot, please see by"),
        (30, "Because of an earlier photo of this spot, the visit was due by"),
    ],
)
def test_a_newer_photo_does_not_cancel_the_request_of_an_earlier_photo(owner, make, days, request_):
    urgent = make("done", tier="urgent")
    make("done", tier="watch", lesion=urgent.lesion)
    day = timezone.now() - timedelta(days=days)
    Screening.objects.filter(pk=urgent.pk).update(created_at=day)
    urgent.predictions.update(created_at=day)
    text = words(make_pdf(owner), pages=1)
    assert request_ in text
    assert "No visit is requested" not in text


def test_after_the_due_day_the_letter_says_please_see_now(owner, make):
    urgent, day = make("done", tier="urgent"), timezone.now() - timedelta(days=30)
    Screening.objects.update(created_at=day)
    urgent.predictions.update(created_at=day)
    assert "Please see now." in words(make_pdf(owner), pages=1)
