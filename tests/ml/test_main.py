import errno
import shlex
import subprocess
import sys
from unittest.mock import Mock

import pytest

from ml import errors, paths
from ml.__main__ import main
from ml.cli import commands
from ml.data import cache
from ml.replication import compare, small_pictures, tune


def test_a_model_folder_written_by_the_commands_can_predict(model_folder, ham_folder, tmp_path):
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
        ["subgroups", "--cache", "nowhere"],
        ["predict", "--images", "nowhere", "--csv", "out.csv"],
        ["predict", "--images", ".", "--csv", "out.csv", "--model", "nowhere"],
        ["predict", "--images", ".", "--csv", "nowhere/out.csv"],
        ["evaluate", "--images", ".", "--labels", "nowhere", "--report", "r.json"],
    ],
)
def test_a_mistake_is_reported_in_one_line_with_exit_code_2(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(command) == 2
    message = capsys.readouterr().err
    assert len(message.strip().splitlines()) == 1


def test_training_without_its_packages_says_how_to_install_them(monkeypatch, capsys):
    monkeypatch.setattr(errors, "find_spec", lambda _: None)
    assert main(["train"]) == 2
    assert "make install-training" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["sklearn.metrics", "keras"])
def test_a_missing_training_package_is_reported_without_a_traceback(name, monkeypatch, capsys):
    monkeypatch.setattr(cache, "read", Mock(side_effect=ModuleNotFoundError(name=name)))
    assert main(["audit"]) == 2
    assert capsys.readouterr().err.strip() == errors.NOT_INSTALLED


def test_a_full_disk_is_reported_although_the_error_names_no_file(monkeypatch, capsys):
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(cache, "read", Mock(side_effect=full))
    assert main(["audit"]) == 2
    assert capsys.readouterr().err == "A file cannot be used: No space left on device.\n"


def test_a_missing_module_of_the_project_is_not_reported_as_a_missing_package(monkeypatch):
    monkeypatch.setattr(cache, "read", Mock(side_effect=ModuleNotFoundError(name="ml.nowhere")))
    with pytest.raises(ModuleNotFoundError):
        main(["audit"])


def test_environment_variables_set_the_default_folders(monkeypatch, tmp_path):
    monkeypatch.setenv("SKINSCREEN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SKINSCREEN_HOME", str(tmp_path / "home"))
    args = commands.parser("").parse_args(["prepare"])
    assert args.data == tmp_path / "data"
    assert args.cache == tmp_path / "home" / "ml" / "cache"


def test_by_default_data_is_beside_the_project_and_runs_are_in_it(monkeypatch):
    monkeypatch.delenv("SKINSCREEN_DATA", raising=False)
    monkeypatch.delenv("SKINSCREEN_HOME", raising=False)
    assert str(paths.data_folder()) == "../shared/data"
    assert str(paths.run_folder()) == "var/ml/runs/lite0"


def test_the_help_lists_every_command_in_its_group(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    help_text = capsys.readouterr().out
    assert "from the raw data to the published model" in help_text
    for group, members in commands.GROUPS.items():
        assert f"{group}:" in help_text
        assert all(f"  {command.name} " in help_text for command in members)


@pytest.mark.parametrize(
    "name", [command.name for group in commands.GROUPS.values() for command in group]
)
def test_each_command_shows_defaults_and_an_example(name, capsys):
    with pytest.raises(SystemExit):
        main([name, "--help"])
    help_text = " ".join(capsys.readouterr().out.split())
    assert f"example: python -m ml {name}" in help_text
    # No option of `soup` has a default to show.
    assert "(default: " in help_text or name == "soup"
    assert "(default: None)" not in help_text


@pytest.mark.parametrize("command", [each for group in commands.GROUPS.values() for each in group])
def test_each_example_is_parsed_as_its_command(command):
    words = shlex.split(command.example)
    args = commands.parser("").parse_args([command.name, *words])
    assert args.command.__name__ == command.name.replace("-", "_")


@pytest.mark.parametrize(
    "command",
    [
        ["compare"],
        ["neighbours"],
        ["attempt", "--networks", "a.keras", "--record", "r.json", "--title", "A"],
        ["benefit", "--train", "a", "--valid", "b", "--test", "c"],
        ["export-outline", "--model", "m"],
    ],
)
def test_measuring_the_test_split_without_permission_fails_and_is_not_recorded(
    command, tmp_path, capsys
):
    readings = tmp_path / "readings.jsonl"
    assert main([*command, "--cache", str(tmp_path), "--readings", str(readings)]) == 2
    assert "--read-test" in capsys.readouterr().err
    assert not readings.exists()


@pytest.mark.parametrize("command", ["compare", "neighbours"])
def test_a_command_that_lacks_what_it_needs_records_no_reading(command, tmp_path):
    readings = tmp_path / "readings.jsonl"
    nowhere = ["--cache", str(tmp_path), "--runs", str(tmp_path)]
    assert main([command, *nowhere, "--read-test", "--readings", str(readings)]) == 2
    assert not readings.exists()


def test_a_comparison_that_is_complete_measures_nothing_and_records_no_reading(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(compare, "unmeasured", lambda *_, **__: {})
    readings = tmp_path / "readings.jsonl"
    options = ["--cache", str(tmp_path), "--read-test", "--readings", str(readings)]
    assert main(["compare", *options]) == 0
    assert "Every network has a run in" in capsys.readouterr().out
    assert not readings.exists()


@pytest.mark.parametrize(
    "command", [["tune"], ["tune", "--search", "hyperband"], ["compare", "--read-test"]]
)
def test_a_smoke_test_writes_no_results(command, tmp_path, capsys):
    assert main([*command, "--smoke", "--cache", str(tmp_path)]) == 2
    assert "--smoke only checks that it works" in capsys.readouterr().err


@pytest.mark.parametrize("search", ["bayesian", "hyperband"])
def test_each_search_has_its_own_record(search, monkeypatch, capsys):
    monkeypatch.setattr(cache, "read_ham10000", Mock())
    monkeypatch.setattr(small_pictures, "Pictures", Mock())
    monkeypatch.setattr(tune, "tune", Mock())
    assert main(["tune", "--search", search]) == 0
    assert f"Wrote docs/results/tuning/{search}." in capsys.readouterr().out


def test_measuring_the_test_split_is_recorded_before_it_starts(tmp_path, capsys):
    readings = tmp_path / "readings.jsonl"
    options = ["--networks", "a.keras", "--record", str(tmp_path / "r.json"), "--title", "A"]
    assert main(["attempt", *options, "--read-test", "--readings", str(readings)]) == 2
    assert "a.keras is not there" in capsys.readouterr().err
    assert '"model": "r.json"' in readings.read_text()


def test_a_missing_cache_is_reported_before_keras_is_loaded(tmp_path):
    code = (
        "import sys; from ml.__main__ import main; "
        f"assert main(['train', '--cache', '{tmp_path}']) == 2; assert 'keras' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
