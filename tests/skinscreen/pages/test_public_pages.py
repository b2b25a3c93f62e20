from dataclasses import replace
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.privacy import consent
from diagnosis.classification import model_cards
from ml.labels import Kind
from ml.paths import DEFAULT_MODEL
from ml.serving import card_files
from ml.serving.shares import AGE, SKIN, Share
from skinscreen.pages import model_accuracy
from skinscreen.pages.operator import Operator
from tests.factories import serve_without_cameras
from tests.ml.cards import KIND, make_card

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("page", ["about", "accuracy", "privacy", "accessibility"])
def test_the_pages_are_public_and_linked_from_the_home_page(client, page):
    assert client.get(reverse(page)).status_code == 200
    assert f'href="{reverse(page)}"' in client.get(reverse("diagnosis:home")).content.decode()


def test_the_privacy_notice_names_its_month(client, monkeypatch):
    monkeypatch.setattr(consent, "VERSION", "2027-02")
    assert "Version of February 2027." in client.get(reverse("privacy")).content.decode()


@pytest.mark.parametrize("page", ["privacy", "diagnosis:data"])
def test_both_pages_about_data_say_which_refused_photos_stay(owner_client, settings, page):
    settings.KEEP_REFUSED = timedelta(days=9)
    words = " ".join(owner_client.get(reverse(page)).content.decode().split())
    assert "deleted automatically after 9 days, unless a clinician has read it" in words


def test_figures_come_from_the_card_and_exclude_photos_used_for_thresholds():
    served = card_files.read(DEFAULT_MODEL)
    kinds = {kind.name: kind for kind in model_accuracy.by_kind()}
    reports = served.kinds["dermoscopic"].reports
    tested = kinds["Dermatoscope photos"].tested
    assert len(tested) == sum(not name.startswith("valid") for name in reports)
    share = reports["test"].metrics["melanoma_flagged"]
    figure = tested[0].figures[0]
    assert (figure.what, figure.value) == ("melanomas", round(100 * share.value))


def test_a_figure_of_few_photos_is_not_shown(client):
    """All six melanomas were flagged, which says little about the next hundred."""
    kinds = {kind.name: kind for kind in model_accuracy.by_kind()}
    phones = next(tested for tested in kinds["Camera photos"].tested if "phones" in tested.name)
    assert [figure.is_enough for figure in phones.figures] == [False, True, True]
    page = client.get(reverse("accuracy")).content.decode()
    assert "<span>too few to say</span>" in page
    assert "100 to 100" not in page


def test_the_accuracy_page_says_that_a_kind_of_photo_without_figures_gets_no_answer(
    client, settings
):
    serve_without_cameras(settings)
    page = client.get(reverse("accuracy")).content.decode()
    assert "it gives no answer" in page
    assert "Show such a spot to a doctor" in page


def test_a_page_promises_clinicians_only_if_the_site_has_reviewers(client, settings, request):
    serve_without_cameras(settings)
    # The operator names a clinician, but no account has the role of a reviewer.
    settings.OPERATOR = Operator("Clinic", "clinic@example.org", clinicians=("Dr A. Berg",))
    promises = {
        "accuracy": "A clinician reads such a photo",
        "about": "Clinicians of this site can read your photo",
    }
    for page, promise in promises.items():
        assert promise not in client.get(reverse(page)).content.decode()
    request.getfixturevalue("reviewer")
    for page, promise in promises.items():
        assert promise in client.get(reverse(page)).content.decode()


def test_shares_of_few_lesions_by_skin_type_and_age_are_not_shown(client, settings, monkeypatch):
    counted = {"I and II": Share(67, 69, 60), "III to VI": Share(20, 20, 19)}
    young = {"under 40": Share(1, 1, 1)}
    kinds = {
        Kind.CAMERA: replace(KIND, flagged={SKIN: counted, AGE: young}),
        Kind.DERMOSCOPIC: KIND,
    }
    reports = {"test": card_files.read(DEFAULT_MODEL).kinds[Kind.CAMERA].reports["test"]}
    few = make_card(kinds={kind: replace(table, reports=reports) for kind, table in kinds.items()})
    monkeypatch.setattr(model_cards, "active_card", lambda: few)
    page = " ".join(client.get(reverse("accuracy")).content.decode().split())
    assert "Skin types I and II: 97 of 100 (95 % interval 89 to 99), 69 photos of 60" in page
    assert "Skin types III to VI: too few to say, 20 photos of 19 lesions or people." in page
    assert "Age under 40: too few to say, 1 photo of 1 lesion or person." in page
    assert page.count("Skin types: too few to say") == 1


def test_the_accuracy_page_works_without_a_model(client, settings, tmp_path):
    settings.MODEL_DIR = str(tmp_path)
    assert "no figures to show" in client.get(reverse("accuracy")).content.decode()
