"""Without a model that can be served, photos wait. A change of the model loses none of them."""

import shutil

import pytest

from ml.paths import DEFAULT_MODEL
from tests.factories import change_card
from tests.faults.conftest import FAST_RECOVERY
from tests.journeys.conftest import running
from tests.journeys.stack import WORKER, eventually

pytestmark = pytest.mark.faults
DEFECTS = {
    "missing": lambda file: file.unlink(),
    "truncated": lambda file: file.write_bytes(file.read_bytes()[:1000]),
    "of another version": lambda file: file.write_bytes(file.read_bytes() + b"another"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models") / "served"


@pytest.fixture(scope="module")
def stack(tmp_path_factory, folder):
    install(DEFAULT_MODEL, folder)
    home = tmp_path_factory.mktemp("stack") / "home"
    with running(home, **FAST_RECOVERY, SKINSCREEN_MODEL_DIR=str(folder)) as started:
        yield started


def install(model, folder):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(model, folder)


def restart_worker(stack):
    """Restart the worker, whose children would otherwise keep the loaded model."""
    count = stack.log.count("spawned: 'worker'")
    stack.kill(WORKER)
    eventually(lambda: stack.log.count("spawned: 'worker'") > count)


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_model_is_missing_truncated_or_of_another_version(stack, folder, oracle_of, defect):
    oracle, log = oracle_of(stack), stack.log
    DEFECTS[defect](folder / "model.tflite")
    restart_worker(stack)
    oracle.upload(3)
    eventually(lambda: "photos wait, since the model cannot" in stack.log.removeprefix(log))
    waiting = "SELECT attempts FROM diagnosis_screening WHERE status = 'pending'"
    assert stack.query(waiting) == [(0,)] * 3
    install(DEFAULT_MODEL, folder)
    oracle.mark_repaired()
    oracle.expect(done=3)


def test_the_model_is_swapped_while_photos_wait(stack, folder, oracle_of):
    oracle = oracle_of(stack)
    with stack.frozen(WORKER):
        oracle.upload(8)
    eventually(lambda: "done" in oracle.statuses().values())
    change_card(folder, version="other-1")
    restart_worker(stack)
    oracle.mark_repaired()
    oracle.expect(done=8)
    versions = stack.query(
        "SELECT DISTINCT model_version FROM diagnosis_prediction ORDER BY model_version"
    )
    assert versions == [(DEFAULT_MODEL.name,), ("other-1",)]
    install(DEFAULT_MODEL, folder)
    restart_worker(stack)
