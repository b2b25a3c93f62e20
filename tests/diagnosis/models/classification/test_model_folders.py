import os
import shutil

import pytest

from diagnosis.models.classification import model_folders
from ml.paths import ARTEFACTS, DEFAULT_MODEL, DEFAULT_OUTLINER
from ml.serving.card import ModelError
from tests.factories import install_model

SHIPPED = {folder.parent.name for folder in ARTEFACTS.glob("*/card.json")}


def test_shipped_models_are_found_without_a_home_folder():
    assert model_folders.folders()[DEFAULT_MODEL.name] == DEFAULT_MODEL


def test_models_in_the_home_folder_are_found(settings):
    install_model(settings, "mine-1")
    assert set(model_folders.folders()) == SHIPPED | {"mine-1"}
    assert model_folders.folder_of("mine-1") == settings.MODELS_ROOT / "mine-1"


def test_shipped_models_are_not_replaced(settings):
    install_model(settings, DEFAULT_MODEL.name)
    assert model_folders.folder_of(DEFAULT_MODEL.name) == DEFAULT_MODEL


@pytest.mark.parametrize("name", [".hidden", "two words", "x" * 65, "file"])
def test_folders_without_a_valid_version_name_are_left_out(settings, name):
    settings.MODELS_ROOT.mkdir()
    if name == "file":
        (settings.MODELS_ROOT / name).touch()
    else:
        (settings.MODELS_ROOT / name).mkdir()
    assert set(model_folders.folders()) == SHIPPED


def test_a_complete_folder_is_read():
    contents = model_folders.read(DEFAULT_MODEL, model_folders.digest_of(DEFAULT_MODEL))
    assert contents.version == DEFAULT_MODEL.name


def test_a_different_model_under_the_same_name_is_refused(settings):
    folder = install_model(settings, "mine-1")
    digest = model_folders.digest_of(folder)
    shutil.rmtree(folder)
    install_model(settings, "mine-1", created="2026-12-24")
    with pytest.raises(ModelError, match="ran under this name before"):
        model_folders.read(folder, digest)


def test_an_unreadable_folder_is_reported_in_one_sentence(settings, monkeypatch):
    folder = install_model(settings, "mine-1")

    def refuse(_):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr("ml.serving.card_files.read_served", refuse)
    with pytest.raises(ModelError, match=r"mine-1 cannot be read: Permission denied\."):
        model_folders.read(folder)


def test_an_outline_model_is_not_a_version_of_the_classifier():
    outliners = {folder.name for folder in DEFAULT_OUTLINER.parent.iterdir()}
    assert DEFAULT_OUTLINER.name in outliners
    assert not outliners & {*model_folders.folders()}
