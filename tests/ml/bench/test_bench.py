import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.__main__ import main
from ml.bench import (
    bench_tables,
    command,
    drawn_photos,
    machine,
    runtimes,
    serving,
    training_input,
    training_step,
)
from ml.data import picture_files
from ml.labels import DIAGNOSES
from ml.preprocessing import images
from ml.preprocessing.network_input import SCALES
from ml.serving.classifier import DEFAULT_MODEL, LITERT, Classifier, Network

PHOTO = Path(__file__).parents[2] / "journeys" / "photos" / "ISIC_0000299.jpg"
FIGURES = {
    "machine": {
        "processor": "Abacus", "cores": 2, "memory_gib": 4, "load_before": 0.1,
        "system": "Linux", "python": "3.11", "packages": {"keras": "3"},
    },
    "model": {"version": "tiny-1", "megabytes": 19.0},
    "training": {
        "ours": 500.0, "ours_one_core": 400.0, "ours_kept": 600.0, "legacy": 100.0,
        "network_alone": 60.0, "network_and_ours": 50.0, "network_and_ours_kept": 58.0,
    },
    "training_step": {
        name: {"images_per_s": 20.0, "core_ms": 90.0} for name in training_step.VARIANTS
    },
    "serving": {
        name: {
            "images_per_s": 10.0, "p50_ms": 100.0, "p95_ms": 110.0, "core_ms": 30.0,
            "startup_s": 1.0, "peak_mib": 90, "max_difference": 0.0,
        }
        for name in bench_tables.WAYS
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def pictures():
    return [drawn_photos.drawn(seed, (64, 48)) for seed in range(70)]


@pytest.fixture
def folder(pictures, tmp_path):
    training_input.write_class_folders(pictures, tmp_path / "classes")
    return tmp_path / "classes"


def test_photos_drawn_for_lack_of_data_pass_the_gate(tmp_path):
    (photo,) = drawn_photos.read(tmp_path / "nowhere.zip", 1, (512, 384))
    with Image.open(BytesIO(photo)) as image:
        assert image.size == (512, 384)
    answer = Classifier.load(DEFAULT_MODEL).classify(images.decode(BytesIO(photo)))
    assert answer.refusal is None


def test_photos_are_chosen_evenly_from_the_archive(ham_folder):
    photos = drawn_photos.read(ham_folder / "part_2.zip", 7, (1, 1))
    names = picture_files.list_names(ham_folder / "part_2.zip")[::4]
    expected = picture_files.read_pictures(ham_folder / "part_2.zip", names)
    assert photos == [picture.stream.read() for picture in expected]


@pytest.mark.filterwarnings("ignore:Please import `affine_transform`:DeprecationWarning")
@pytest.mark.parametrize("keep", [False, True])
def test_our_and_the_legacy_training_input_give_similar_batches(folder, keep):
    ours, labels = next(iter(training_input.ours(folder, keep=keep)))
    legacy, their_labels = next(iter(training_input.legacy(folder)))
    assert ours.shape == legacy.shape == (32, 150, 200, 3)
    assert labels.shape == their_labels.shape
    assert ours.numpy().mean() == pytest.approx(legacy.mean(), abs=0.03)
    assert ours.numpy().std() == pytest.approx(legacy.std(), abs=0.03)


@pytest.mark.parametrize(
    ("name", "zooms"),
    [
        ("worker", SCALES),
        ("worker_one_view", [1]),
        ("worker_decoded", SCALES),
        ("litert_four_views", SCALES),
        ("litert", [1]),
    ],
)
def test_a_runtime_answers_each_photo_like_the_classifier(name, zooms, tmp_path):
    # The network takes this photo for dermoscopic, and its probability of melanoma is below that of
    # all cancers. For other photos, the classifier would change the probability by its own rules.
    (tmp_path / "photo").write_bytes(PHOTO.read_bytes())
    picture = images.decode(BytesIO(PHOTO.read_bytes()))
    result = runtimes.run(name, tmp_path, DEFAULT_MODEL, tmp_path, begun=0.0)
    card = Classifier.load(DEFAULT_MODEL).card
    network = Network(DEFAULT_MODEL / LITERT, zooms, card.diagnoses)
    expected = Classifier(network, card).classify(picture, runtimes.KIND).melanoma
    assert result["probabilities"] == pytest.approx([expected], abs=1e-6)
    assert len(result["seconds"]) == runtimes.ROUNDS


def test_a_models_diagnoses_are_not_confused_with_its_other_outputs():
    scene, diagnoses, kind = (np.zeros((1, count)) for count in (10, len(DIAGNOSES), 1))
    assert runtimes.logits_of([scene, diagnoses, kind]) is diagnoses


def test_the_worker_is_measured_without_tensorflow():
    program = "import sys, ml.bench.runtimes; print('tensorflow' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_refusals_are_left_out_of_the_largest_difference():
    assert serving.max_difference([0.1, None, 0.3], [0.1, 0.9, 0.25]) == pytest.approx(0.05)
    assert serving.max_difference([None], [0.5]) is None


def test_the_memory_of_this_process_is_measured():
    assert 10 < machine.resident_mib() < 100_000


def test_the_report_says_which_promises_are_kept():
    kept = [promise.kept for promise in bench_tables.promises(FIGURES)]
    assert kept == [True, True, False, False, False, True, True, True, True]
    assert "| Training input: 4 x ImageDataGenerator" in bench_tables.table(FIGURES)
    assert "| 5.0 x, 83% | yes |" in bench_tables.table(FIGURES)


@pytest.mark.parametrize(("rate", "kept"), [(50.0, False), (55.0, True), (90.0, False)])
def test_input_is_fast_enough_if_the_network_does_not_wait_for_it(rate, kept):
    training = FIGURES["training"] | {"legacy": 400.0, "network_and_ours": rate}
    assert bench_tables.promises(FIGURES | {"training": training})[0].kept == kept


@pytest.mark.parametrize(("core_ms", "megabytes"), [(36.1, 19.9), (35.9, 20.1)])
def test_slow_answers_and_large_files_are_reported(core_ms, megabytes):
    worker = FIGURES["serving"]["worker"] | {"core_ms": core_ms}
    promises = bench_tables.promises(
        FIGURES
        | {"serving": FIGURES["serving"] | {"worker": worker}}
        | {"model": {"version": "tiny-1", "megabytes": megabytes}}
    )
    cost, size = (
        promise.kept for promise in promises if "core" in promise.text or "file" in promise.text
    )
    assert (cost, size) == (core_ms < 36, megabytes < 20)


def test_the_command_writes_figures_and_a_table(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "RUNTIMES", ())
    monkeypatch.setattr(command.machine, "describe", lambda: FIGURES["machine"])
    monkeypatch.setattr(command.training_input, "measure", lambda *a: FIGURES["training"])
    monkeypatch.setattr(command.training_step, "measure", lambda: FIGURES["training_step"])
    monkeypatch.setattr(command.serving, "measure", lambda *a: FIGURES["serving"])
    options = ["--report", str(tmp_path / "bench.json"), "--data", str(tmp_path)]
    assert main(["bench", *options]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"bench.json", "bench.md"}


def test_the_error_for_a_missing_runtime_says_to_run_make_bench(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command, "RUNTIMES", ("no_such_runtime",))
    assert main(["bench", "--report", str(tmp_path / "bench.json")]) == 2
    assert "make bench" in capsys.readouterr().err


@pytest.mark.parametrize("name", training_step.VARIANTS)
def test_each_variant_of_a_training_step_is_in_the_report(name):
    assert f"| {bench_tables.STEPS[name]} | 20.0 | 90 |" in bench_tables.table(FIGURES)


def test_a_training_step_is_measured():
    figures = training_step.run(training_step.Variant(batch=2, frozen=5), steps=1)
    assert figures["images_per_s"] > 0
    assert figures["core_ms"] > 0


def test_a_rate_is_the_median_of_all_turns_but_the_first():
    ticks = iter(range(8))
    rates = training_input.in_turns({"a": lambda: next(ticks), "b": lambda: next(ticks)})
    assert rates == {"a": 4, "b": 5}
