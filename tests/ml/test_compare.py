import pytest

from ml import compare, contenders
from ml.architectures.cnn import UNTUNED
from ml.pictures import Pictures
from ml.record import Record


@pytest.fixture
def records(data, tmp_path, monkeypatch, tiny):
    """A comparison of one network."""
    every = contenders.contenders
    folders = (tmp_path / "runs", tmp_path / "records")

    def run(name="cnn"):
        monkeypatch.setattr(contenders, "contenders", lambda *plans: {name: every(*plans)[name]})
        compare.compare(data, "by lesion", (UNTUNED, UNTUNED), folders, smoke=True)
        return folders[1] / f"by-lesion-{name}.json"

    return run


def test_a_network_is_trained_and_its_record_written(records):
    record = Record.read(records())
    assert (record.title, record.protocol, record.epochs) == ("CNN, untuned", "by lesion", 1)


def test_a_network_whose_record_is_there_is_left_alone(records):
    records().write_text("kept")
    assert records().read_text() == "kept"


def test_a_mirrored_network_is_measured_in_its_mirror_images(records, data, monkeypatch):
    looked = []
    scores = Pictures.scores
    monkeypatch.setattr(
        Pictures, "scores", lambda *args, **how: looked.append(how) or scores(*args, **how)
    )
    records("cnn-mirrored")
    assert looked[-2:] == [{"mirrored": True}] * 2
