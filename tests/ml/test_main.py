import pytest

from ml import paths
from ml.__main__ import main, parser


def test_a_model_made_by_the_commands_predicts(model_folder, ham_folder, tmp_path):
    options = ["--images", str(ham_folder / "part_1"), "--csv", str(tmp_path / "out.csv")]
    assert main(["predict", *options, "--model", str(model_folder)]) == 0
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 1 + 28


@pytest.mark.parametrize(
    "command",
    [
        ["prepare", "--data", "nowhere"],
        ["audit", "--cache", "nowhere"],
        ["audit", "--class-folders", "nowhere"],
        ["train", "--cache", "nowhere"],
        ["export", "--cache", "nowhere", "--model", "m"],
        ["convert", "--model", "nowhere", "--to", "m"],
        ["explanations", "--cache", "nowhere"],
        ["repeatability", "--cache", "nowhere"],
        ["index", "--cache", "nowhere", "--out", "index"],
        ["predict", "--images", "nowhere", "--csv", "out.csv"],
        ["predict", "--images", ".", "--csv", "out.csv", "--model", "nowhere"],
        ["predict", "--images", ".", "--csv", "nowhere/out.csv"],
        ["evaluate", "--images", ".", "--labels", "nowhere", "--report", "r.json"],
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(command) == 2
    message = capsys.readouterr().err
    assert len(message.strip().splitlines()) == 1


def test_folders_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SKINSCREEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SKINSCREEN_HOME", str(tmp_path / "home"))
    args = parser().parse_args(["prepare"])
    assert args.data == tmp_path / "data"
    assert args.cache == tmp_path / "home" / "ml" / "cache"


def test_without_environment_folders_are_beside_the_project(monkeypatch):
    monkeypatch.delenv("SKINSCREEN_DATA", raising=False)
    monkeypatch.delenv("SKINSCREEN_HOME", raising=False)
    assert str(paths.data_folder()) == "../shared/data"
    assert str(paths.run_folder()) == "var/ml/runs/lite0"
