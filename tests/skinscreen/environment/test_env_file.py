import os
import re
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from skinscreen.environment import env, env_file


@pytest.fixture
def environment():
    return {"PATH": os.environ["PATH"]}


@pytest.fixture
def write(tmp_path, environment):
    def write(text):
        path = tmp_path / ".env"
        path.write_text(text)
        environment["SKINSCREEN_DOTENV"] = str(path)
        return path

    return write


def test_the_file_sets_variables_that_the_environment_lacks(write, environment):
    environment["SKINSCREEN_BIND"] = "192.0.2.1"
    write("# where\nSKINSCREEN_BIND=192.0.2.2\nSKINSCREEN_PORT=8001\n")
    env_file.load(environment)
    assert environment["SKINSCREEN_BIND"] == "192.0.2.1"
    assert environment["SKINSCREEN_PORT"] == "8001"


def test_a_secret_file_named_by_the_environment_overrides_the_secret_in_the_env_file(
    write, environment
):
    environment["SKINSCREEN_SECRET_KEY_FILE"] = "/run/secrets/key"
    write("SKINSCREEN_SECRET_KEY=another")
    env_file.load(environment)
    assert "SKINSCREEN_SECRET_KEY" not in environment


def test_a_password_may_contain_shell_characters(write, environment):
    write("SKINSCREEN_SMTP_PASSWORD='a${HOME}b # c'")
    env_file.load(environment)
    assert environment["SKINSCREEN_SMTP_PASSWORD"] == "a${HOME}b # c"


@pytest.mark.parametrize("text", ["SKINSCREEN_PORT", "SKINSCREEN_PORT: 8000"])
def test_a_line_without_a_value_is_reported_with_its_number(write, environment, text):
    write(text)
    with pytest.raises(ImproperlyConfigured, match="line 1, cannot be parsed"):
        env_file.load(environment)


def test_a_configured_file_that_is_missing_is_reported(environment, tmp_path):
    environment["SKINSCREEN_DOTENV"] = str(tmp_path / "nowhere")
    with pytest.raises(ImproperlyConfigured, match="nowhere"):
        env_file.load(environment)


def test_without_a_file_nothing_changes(environment, monkeypatch, tmp_path):
    monkeypatch.setattr(env, "BASE_DIR", tmp_path)
    before = dict(environment)
    env_file.load(environment)
    assert environment == before


def test_the_example_file_can_be_copied_unchanged(write, environment):
    text = (env.BASE_DIR / ".env.example").read_text()
    write(text)
    env_file.load(environment)
    assert [value for value in environment.values() if "#" in value or value != value.strip()] == []
    assert set(re.findall(r"^([A-Z_0-9]+)=", text, re.M)) <= set(environment)


def test_manage_py_reads_the_file_and_reports_a_mistake_in_one_sentence(
    write, environment, tmp_path
):
    write(f"SKINSCREEN_PORT=http\nSKINSCREEN_HOME={tmp_path / 'home'}")
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(
        command, cwd=env.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("SKINSCREEN_PORT is 'http'")
