import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from diagnosis.classification import model_registry
from diagnosis.models import AuditEntry, ModelVersion
from ml.paths import DEFAULT_MODEL
from tests.factories import (
    install_model,
    make_prediction,
    make_review,
    make_shadow_prediction,
    make_version,
)

SERVED = DEFAULT_MODEL.name
LIST = reverse("admin:diagnosis_modelversion_changelist")
COMPARE = reverse("admin:diagnosis_modelversion_compare")


@pytest.fixture
def superuser_client(client, superuser, settings):
    client.force_login(superuser)
    install_model(settings, "other-1")
    model_registry.register()
    return client


def address(version, state):
    pk = ModelVersion.objects.get(version=version).pk
    return reverse("admin:diagnosis_modelversion_become", args=[pk, state])


def text_of(response):
    return " ".join(response.content.decode().split())


def test_the_list_shows_state_figures_and_files(superuser_client, settings):
    install_model(settings, "mine-1")
    (settings.MODELS_ROOT / "empty").mkdir()
    (settings.MODELS_ROOT / "mine-1" / "model.tflite").write_bytes(b"hurt")
    page = text_of(superuser_client.get(LIST))
    for text in (
        "dermoscopic, test: ",
        "<br>melanoma, AUROC 0.",
        "<br>cancers or precancers called urgent or soon 0.",
        "Intact: every checksum matches the card",
        "model.tflite is damaged",
        "there is no card.json",
    ):
        assert text in page
    assert "Photos wait" not in page
    assert "dermoscopic, valid: " not in page  # the model's own page has all sets


def test_only_possible_actions_are_offered(superuser_client, settings):
    (settings.MODELS_ROOT / "empty").mkdir()
    page = text_of(superuser_client.get(LIST))
    offered = [
        (version.version, state)
        for version in ModelVersion.objects.all()
        for state in ModelVersion.State.values
        if address(version.version, state) in page
    ]
    assert offered == [("other-1", "active"), ("other-1", "shadow")]


def test_a_long_list_takes_no_more_queries_than_a_short_one(superuser_client):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            superuser_client.get(LIST)
        return len(captured)

    make_version("older", replaced_at="2026-01-01T00:00Z")
    queries()
    few = queries()
    for number in range(9):
        make_version(f"older-{number}", card_sha256="0" * 64)
    assert queries() == few


def test_a_model_is_activated_after_a_confirmation_and_rolled_back(superuser_client):
    question = superuser_client.get(address("other-1", "active"))
    assert f"other-1 will read photos instead of {SERVED}" in text_of(question)
    assert ModelVersion.objects.answering().get().version == SERVED
    answer = superuser_client.post(address("other-1", "active"), follow=True)
    assert "Active from now on: other-1." in text_of(answer)
    assert f"Roll back to {SERVED}" in text_of(answer)
    superuser_client.post(address(SERVED, "active"))
    assert ModelVersion.objects.answering().get().version == SERVED
    assert AuditEntry.objects.filter(action="model").count() == 2


def test_a_damaged_model_is_not_activated_and_the_page_says_why(superuser_client, settings):
    folder = install_model(settings, "mine-1")
    model_registry.register()
    (folder / "model.tflite").write_bytes(b"hurt")
    for response in (
        superuser_client.get(address("mine-1", "active")),
        superuser_client.post(address("mine-1", "active")),
    ):
        assert "model.tflite is damaged" in text_of(response)
        assert "<form method" not in text_of(response).partition("errornote")[2]
    assert not ModelVersion.objects.active().exists()


@pytest.mark.parametrize("state", ["active", "shadow", "idle"])
def test_a_reviewer_cannot_change_the_state_of_a_model(client, reviewer, settings, state):
    install_model(settings, "other-1")
    model_registry.register()
    client.force_login(reviewer)
    assert client.post(address("other-1", state)).status_code == 403
    assert not AuditEntry.objects.filter(action="model").exists()


@pytest.mark.parametrize("page", [LIST, reverse("admin:index")])
def test_the_admin_warns_that_photos_wait_for_a_model(superuser_client, page):
    make_version("gone", "active")
    assert "Photos wait: the model cannot be served." in text_of(superuser_client.get(page))


def test_the_list_says_that_the_environment_overrides_the_active_model(superuser_client, settings):
    settings.MODEL_DIR = "ml/artefacts/other-1"
    assert "the model in ml/artefacts/other-1 is served" in text_of(superuser_client.get(LIST))


def test_the_comparison_shows_figures_curves_and_disputed_photos(
    superuser_client, make, reviewer, superuser
):
    for verdict, figures in (("refer", (0.4, 0.1)), ("agree", (0.1, 0.05))) * 2:
        screening = make("done")
        for figure, version, table in zip(
            figures, (SERVED, "other-1"), (make_prediction, make_shadow_prediction), strict=True
        ):
            tier = "urgent" if figure > 0.2 else "watch"
            table(screening, model_version=version, cancer=figure, tier=tier)
        for reader in (reviewer, superuser):
            make_review(screening, reader, verdict)
    superuser_client.post(address("other-1", "shadow"))
    response = superuser_client.get(COMPARE)
    page = text_of(response)
    assert (
        "The truth is known for 4 spots in these photos (0 by a biopsy): 2 suspicious, 2 not"
        in page
    )
    assert "These numbers are small" in page
    assert page.count("<polyline") == 2
    assert len(response.context["gallery"]) == 2
    assert f"{SERVED}: urgent, 0.400<br>other-1: watch, 0.100<br> Clinicians: suspicious" in page


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({}, "Choose two models."),
        ({"one": "0", "other": "x"}, "Choose two models."),
    ],
)
def test_the_comparison_page_explains_what_it_needs(superuser_client, query, sentence):
    assert sentence in text_of(superuser_client.get(COMPARE, query))


def test_a_comparison_without_common_photos_says_so(superuser_client):
    superuser_client.post(address("other-1", "shadow"))
    assert "No photo has been read by both models yet." in text_of(superuser_client.get(COMPARE))
