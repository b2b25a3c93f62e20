import shutil

import pytest

from ml.architectures.cnn import UNTUNED
from ml.replication import baselines, compare
from ml.replication.run_record import Record
from ml.replication.small_pictures import Pictures


@pytest.fixture
def compare_one(data, tmp_path, monkeypatch, tiny):
    """Return a function that compares one network and returns the path of its record."""
    every = baselines.all_baselines
    folders = (tmp_path / "runs", tmp_path / "records")

    def run(name="cnn"):
        monkeypatch.setattr(baselines, "all_baselines", lambda *plans: {name: every(*plans)[name]})
        compare.compare(data, "by lesion", (UNTUNED, UNTUNED), folders, smoke=True)
        return folders[1] / f"by-lesion-{name}.json"

    return run


def test_a_network_is_trained_and_its_record_written(compare_one):
    record = Record.read(compare_one())
    assert (record.title, record.protocol, record.epochs) == ("CNN, untuned", "by lesion", 1)


def test_a_network_with_a_record_is_skipped(compare_one):
    compare_one().write_text("kept")
    assert compare_one().read_text() == "kept"


def test_a_record_without_its_run_is_measured_again(compare_one, tmp_path):
    compare_one().write_text("published")
    shutil.rmtree(tmp_path / "runs")
    assert Record.read(compare_one()).title == "CNN, untuned"


def test_an_unfinished_run_is_measured_although_a_published_record_exists(compare_one, tmp_path):
    compare_one().write_text("published")
    folders = (tmp_path / "runs", tmp_path / "records")
    assert [*compare.unmeasured("by lesion", (UNTUNED, UNTUNED), folders)] == ["cnn"]


def test_a_mirrored_network_is_measured_with_its_mirror_images(compare_one, data, monkeypatch):
    options = []
    scores = Pictures.scores
    monkeypatch.setattr(
        Pictures, "scores", lambda *args, **how: options.append(how) or scores(*args, **how)
    )
    compare_one("cnn-mirrored")
    assert options[-2:] == [{"mirrored": True}] * 2
