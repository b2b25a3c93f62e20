"""Every step of the training chapter on outlines and measures, small."""

import pytest

from ml.features.studies.benefit import Benefit
from ml.features.studies.repeatability import Repeatability
from ml.segmentation.outliner import Outliner
from tests.ml.running import run

pytestmark = pytest.mark.training


@pytest.fixture(scope="module")
def home(ham_folder, cache_folder, masks_folder, model_folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("outlines")
    others, tables = ham_folder / "part_1", {}
    outlined = {"cache": cache_folder, "masks": masks_folder}
    run("train-outline", run=home / "run", others=others, smoke=True, **outlined)
    written = {"run": home / "run", "model": home / "outline-9", "classifier": model_folder}
    run("export-outline", others=others, **written, **outlined)
    for split in ("train", "valid", "test"):
        tables[split] = home / f"{split}.csv"
        run("measure-lesions", split=split, table=tables[split], **outlined)
    run("reference", cache=cache_folder, table=tables["train"], out=home / "reference.json")
    run("repeatability", lesions=2, record=home / "repeatability.json", **outlined)
    reading = {"read_test": True, "readings": home / "test-readings.jsonl"}
    written = {"model": model_folder, "record": home / "benefit.json"}
    run("benefit", cache=cache_folder, **tables, **written, **reading)
    run("measure", images=others, out=home / "measured", model=home / "outline-9")
    return home


def test_the_outline_network_can_be_served(home):
    assert Outliner.load(home / "outline-9").card.version == "outline-9"


def test_the_records_can_be_read(home):
    assert Benefit.read(home / "benefit.json").lesions["test"] == 7
    assert Repeatability.read(home / "repeatability.json").lesions == 2
    assert (home / "reference.json").is_file()
    assert (home / "measured" / "measures.csv").is_file()
