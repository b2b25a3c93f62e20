import json
import shutil

from ml.export import holdout_readings


def test_each_measurement_on_test_sets_is_a_line_with_model_and_commit(tmp_path):
    table = tmp_path / "docs" / "readings.jsonl"
    for model in ("one-1", "one-2"):
        holdout_readings.record(table, model, ("test", "uda1"))
    lines = [json.loads(line) for line in table.read_text().splitlines()]
    assert [line["model"] for line in lines] == ["one-1", "one-2"]
    assert lines[0]["sets"] == ["test", "uda1"]
    assert {"at", "commit"} < set(lines[0])


def test_the_commit_is_unknown_outside_of_a_repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert holdout_readings.commit() == "unknown"
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert holdout_readings.commit() == "unknown"
