"""Smoke test: runs the commands for lesion features, the outline and predictions on tiny data.

They are in docs/training.md and docs/predicting.md. `export-outline` is left out, because it needs
a fully trained outline network.
"""

import pytest

from ml.features.studies.benefit import Benefit
from ml.features.studies.repeatability import Repeatability
from tests.ml.running import run

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def home(ham_folder, cache_folder, masks_folder, model_folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("outlines")
    others, tables = ham_folder / "part_1", {}
    outlined = {"cache": cache_folder, "masks": masks_folder}
    for split in ("train", "valid", "test"):
        tables[split] = home / f"{split}.csv"
        run("measure-lesions", split=split, table=tables[split], **outlined)
    run("reference", cache=cache_folder, table=tables["train"], out=home / "reference.json")
    run("repeatability", lesions=2, record=home / "repeatability.json", **outlined)
    reading = {"read_test": True, "readings": home / "test-readings.jsonl"}
    written = {"model": model_folder, "record": home / "benefit.json"}
    run("benefit", cache=cache_folder, **tables, **written, **reading)
    run("measure", images=others, out=home / "measured")
    run("predict", images=others, csv=home / "answers.csv", kind="dermoscopic")
    labels = {"labels": ham_folder / "HAM10000_metadata.csv", "kind": "dermoscopic"}
    run("evaluate", images=others, report=home / "report.json", **labels)
    run("train-outline", run=home / "run", others=others, smoke=True, **outlined)
    return home


def test_the_records_can_be_read(home):
    figures = Benefit.read(home / "benefit.json").figures
    assert set(figures) == {"measures alone", "network alone", "both"}
    assert Repeatability.read(home / "repeatability.json").lesions == 2
    assert (home / "reference.json").is_file()


def test_the_commands_write_tables_a_report_and_a_training_history(home):
    assert (home / "measured" / "measures.csv").is_file()
    assert (home / "answers.csv").is_file()
    assert (home / "report.json").is_file()
    assert (home / "run" / "history.csv").is_file()
