import json

import pytest

from ml.__main__ import main
from ml.labels import Kind
from ml.serving import card, card_files
from ml.serving.card import KERAS, LITERT
from tests.ml.conftest import tiny_world


@pytest.fixture
def refitted(model_folder, cache_folder, tmp_path):
    """Return a function that refits the tiny model.

    The function returns the new folder, and the file that records measurements on test sets.
    """

    def refit(*options):
        readings = tmp_path / "readings.jsonl"
        words = ["refit", "--from", str(model_folder), "--cache", str(cache_folder)]
        words += ["--to", str(tmp_path / "tiny-8"), "--readings", str(readings), *options]
        with tiny_world():
            assert main(words) == 0
        return tmp_path / "tiny-8", readings

    return refit


def test_the_network_stays_and_the_card_is_new(refitted, model_folder):
    folder, _ = refitted()
    for name in (KERAS, LITERT):
        assert (folder / name).read_bytes() == (model_folder / name).read_bytes()
    assert card_files.read_served(folder).version == "tiny-8"


def test_refitting_adds_kinds_to_a_card_without_them(refitted, model_folder, tmp_path):
    raw = json.loads((model_folder / card.NAME).read_text())
    del raw["kinds"], raw["kind_limits"]
    old = tmp_path / "old-1"
    old.mkdir()
    for name in (KERAS, LITERT):
        (old / name).write_bytes((model_folder / name).read_bytes())
    (old / card.NAME).write_text(json.dumps(raw | {"data": raw["data"][0]}))
    assert card_files.read(old).kinds == {}
    folder, _ = refitted("--from", str(old))
    assert set(card_files.read_served(folder).kinds) == {Kind.DERMOSCOPIC}


def test_the_test_split_is_not_read_without_permission(refitted):
    folder, readings = refitted()
    assert set(card_files.read(folder).kinds[Kind.DERMOSCOPIC].reports) == {"valid"}
    assert not readings.exists()


def test_measuring_the_test_split_is_recorded_and_changes_no_fitted_value(
    refitted, model_folder, ham_folder, tmp_path
):
    labels = tmp_path / "labels.csv"
    labels.write_text("image_id,melanoma\nISIC_0000000,1\nISIC_0000001,0\n")
    external = ("--external", "elsewhere", str(ham_folder / "part_1"), str(labels))
    folder, readings = refitted("--read-test", *external)
    table = card_files.read(folder).kinds[Kind.DERMOSCOPIC]
    assert set(table.reports) == {"valid", "test", "elsewhere"}
    entry = json.loads(readings.read_text())
    assert (entry["model"], entry["sets"]) == ("tiny-8", ["test", "ham10000", "elsewhere"])
    before = card_files.read(model_folder).kinds[Kind.DERMOSCOPIC]
    assert (table.urgent, table.soon, table.cancer) == (before.urgent, before.soon, before.cancer)


def test_an_existing_version_is_not_overwritten(model_folder, cache_folder, capsys):
    words = ["--from", str(model_folder), "--cache", str(cache_folder), "--to", str(model_folder)]
    assert main(["refit", *words]) == 2
    assert "a version is written only once" in capsys.readouterr().err
