import shutil

import pytest

from diagnosis.classification import model_registry
from diagnosis.models import AuditEntry, ModelVersion
from ml.paths import ARTEFACTS, DEFAULT_MODEL
from tests.factories import change_card, install_model, make_version

pytestmark = pytest.mark.django_db

SERVED = DEFAULT_MODEL.name


@pytest.fixture
def change(superuser, settings):
    """Change a version's state. Return the obstacle, or an empty string."""
    install_model(settings, "other-1")
    model_registry.register()
    return lambda name, state: model_registry.change(
        ModelVersion.objects.get(version=name).pk, state, by=superuser
    )


def states():
    """Return the state of each version, without shipped models that are idle."""
    states_by_version = dict(ModelVersion.objects.values_list("version", "state"))
    ours = {folder.name for folder in ARTEFACTS.iterdir()}
    return {
        name: state
        for name, state in states_by_version.items()
        if name not in ours or state != "idle"
    }


def answering():
    return ModelVersion.objects.answering().get().version


def test_every_folder_has_a_row_and_unused_rows_are_deleted_with_their_folder(settings):
    folder = install_model(settings, "mine-1")
    model_registry.register()
    model_registry.register()
    assert states() == {"mine-1": "idle"}
    shutil.rmtree(folder)
    model_registry.register()
    assert "mine-1" not in states()


def test_the_row_of_a_used_model_outlives_its_folder(settings, change):
    folder = install_model(settings, "mine-1")
    model_registry.register()
    change("mine-1", "active")
    change("other-1", "active")
    shutil.rmtree(folder)
    model_registry.register()
    assert states() == {"other-1": "active", "mine-1": "idle"}


def test_the_shipped_model_answers_until_somebody_chooses(change):
    assert answering() == SERVED
    assert change("other-1", "active") == ""
    assert (answering(), states()) == ("other-1", {"other-1": "active"})


def test_a_roll_back_makes_the_previous_model_active(settings, change):
    install_model(settings, "mine-1")
    model_registry.register()
    change("mine-1", "active")
    assert ModelVersion.objects.replaced().first().version == SERVED
    change("other-1", "active")
    previous = ModelVersion.objects.replaced().first()
    assert (previous.version, change("mine-1", "active")) == ("mine-1", "")
    assert ModelVersion.objects.replaced().first().version == "other-1"


def test_a_new_shadow_model_replaces_the_previous_one_and_can_be_stopped(settings, change):
    install_model(settings, "mine-1")
    model_registry.register()
    change("mine-1", "shadow")
    change("other-1", "shadow")
    assert states() == {"other-1": "shadow", "mine-1": "idle"}
    change("other-1", "idle")
    assert set(states().values()) == {"idle"}


def test_a_change_is_audited_with_account_and_time(change, superuser):
    change("other-1", "active")
    version = ModelVersion.objects.get(version="other-1")
    assert (version.activated_by, version.activated_at is None) == (superuser, False)
    entry = AuditEntry.objects.get(action="model")
    assert (entry.actor, entry.subject) == (superuser.pk, f"modelversion:{version.pk}")
    assert entry.detail == {"model": "other-1", "state": "active"}


def test_a_different_model_never_runs_under_a_used_name(settings, change):
    folder = install_model(settings, "mine-1")
    model_registry.register()
    change("mine-1", "shadow")
    change("mine-1", "idle")
    change_card(folder, created="2026-12-24")
    assert "ran under this name before" in change("mine-1", "active")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: (folder / "card.json").unlink(), "there is no card.json"),
        (lambda folder: (folder / "card.json").write_text('{"files": 3}'), "cannot be read"),
        (lambda folder: (folder / "model.tflite").write_bytes(b"other"), "is damaged"),
        (lambda folder: (folder / "model.tflite").unlink(), "is missing"),
        (lambda folder: change_card(folder, files={}), r"names no model.tflite"),
        (lambda folder: change_card(folder, files=[1]), "cannot be read"),
        (lambda folder: change_card(folder, version="mine-2"), "contains mine-2"),
        (shutil.rmtree, "there is no card.json"),
    ],
)
@pytest.mark.parametrize("state", ["active", "shadow"])
def test_an_incomplete_or_damaged_model_never_runs(settings, change, damage, sentence, state):
    folder = install_model(settings, "mine-1")
    model_registry.register()
    damage(folder)
    assert sentence in change("mine-1", state)
    assert set(states().values()) == {"idle"}
    assert not AuditEntry.objects.filter(action="model").exists()


@pytest.mark.parametrize(
    ("first", "then", "sentence"),
    [
        ("active", "active", "already has this state"),
        ("active", "shadow", "make another version active first"),
        ("active", "idle", "make another version active first"),
        ("shadow", "shadow", "already has this state"),
        ("idle", "idle", "already has this state"),
    ],
)
def test_a_change_that_does_nothing_or_leaves_no_active_model_is_refused(
    change, first, then, sentence
):
    change("other-1", first)
    assert sentence in change("other-1", then)
    assert states()["other-1"] == first


def test_the_environment_overrides_the_active_model(settings, change):
    settings.MODEL_DIR = "/a/folder"
    assert "SKINSCREEN_MODEL_DIR" in change("other-1", "active")
    assert change("other-1", "shadow") == ""


def test_a_model_that_cannot_be_served_is_reported(settings):
    assert model_registry.fault() == ""
    make_version("mine-1", "active")
    assert "there is no card.json" in model_registry.fault()
    settings.MODEL_DIR = "/nowhere"
    assert "/nowhere" in model_registry.fault()
