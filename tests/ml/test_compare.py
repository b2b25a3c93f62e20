import pytest

from ml import compare, contenders
from ml.cnn import UNTUNED
from ml.record import Record


@pytest.fixture
def records(data, tmp_path, monkeypatch, tiny):
    """A comparison of one network."""
    every = contenders.contenders
    monkeypatch.setattr(contenders, "contenders", lambda *plans: {"cnn": every(*plans)["cnn"]})
    folders = (tmp_path / "runs", tmp_path / "records")

    def run():
        compare.compare(data, "by lesion", (UNTUNED, UNTUNED), folders, smoke=True)
        return folders[1] / "by-lesion-cnn.json"

    return run


def test_a_network_is_trained_and_its_record_written(records):
    record = Record.read(records())
    assert (record.title, record.protocol, record.epochs) == ("CNN, untuned", "by lesion", 1)


def test_a_network_whose_record_is_there_is_left_alone(records):
    records().write_text("kept")
    assert records().read_text() == "kept"
