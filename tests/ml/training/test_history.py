from ml.training import history

ROWS = [
    {"epoch": 0.0, "loss": 1.5, "valid_auroc": 0.7},
    {"epoch": 1.0, "loss": 1.2, "valid_auroc": 0.8},
    {"epoch": 2.0, "loss": 1.1, "valid_auroc": 0.75},
]


def test_a_new_run_has_no_history(tmp_path):
    assert history.read(tmp_path) == []
    assert history.best([], "valid_auroc") == 0


def test_a_history_is_read_back_unchanged(tmp_path):
    history.write(tmp_path, ROWS)
    assert history.read(tmp_path) == ROWS
    assert (tmp_path / history.CURVES).read_bytes().startswith(b"\x89PNG")


def test_the_best_epoch_counts_and_not_the_last():
    assert history.best(ROWS, "valid_auroc") == 0.8
