import os
import re
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from skinscreen.environment import env

ENV_CALL = re.compile(
    r"""\b(?:text|needed|flag|integer|names|choice|time_zone|database|redis_url|photo_keys|web_address|certificates)\(\s*"([A-Z_]+)\""""
)
ENVIRON_LOOKUP = re.compile(
    r"""\benviron(?:(?:ment)?\.get\(|\[)\s*"((?:SKINSCREEN_|DATABASE_|REDIS_)[A-Z_]+)\""""
)


def variables(pattern, *folders):
    files = [path for folder in folders for path in (env.BASE_DIR / folder).rglob("*.py")]
    return {name for path in files for name in pattern.findall(path.read_text())}


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("SKINSCREEN_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("Yes", True), ("off", False), ("0", False), (" ", True)]
)
def test_a_flag_accepts_common_spellings(monkeypatch, value, expected):
    monkeypatch.setenv("FLAG", value)
    assert env.flag("FLAG", default=True) is expected


def test_a_list_is_split_at_commas(monkeypatch):
    monkeypatch.setenv("HOSTS", " a.example.org, ,b.example.org,")
    assert env.names("HOSTS") == ["a.example.org", "b.example.org"]


def test_a_secret_may_be_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "password").write_text("quiet-river\n")
    monkeypatch.setenv("PASSWORD_FILE", str(tmp_path / "password"))
    assert env.text("PASSWORD") == "quiet-river"
    monkeypatch.setenv("PASSWORD", "another")
    with pytest.raises(ImproperlyConfigured, match="set only one of them"):
        env.text("PASSWORD")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_an_unreadable_secret_file_is_reported(monkeypatch, tmp_path, content):
    if content:
        (tmp_path / "password").write_bytes(content)
    monkeypatch.setenv("PASSWORD_FILE", str(tmp_path / "password"))
    with pytest.raises(ImproperlyConfigured, match="set it to a file that contains PASSWORD"):
        env.text("PASSWORD")


@pytest.mark.parametrize("value", ["0", "11", "-1", "1.5", "ten", "²", ""])
def test_an_invalid_number_is_reported_with_its_range(monkeypatch, value):
    monkeypatch.setenv("NUMBER", value)
    with pytest.raises(ImproperlyConfigured, match="from 1 to 10"):
        env.integer("NUMBER", 99, least=1, most=10)


def test_the_home_folder_is_created_and_closed_to_others(home):
    assert env.home() == home
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert env.home() == home


def test_a_folder_with_other_files_is_left_alone(home):
    home.mkdir(mode=0o755)
    (home / "somebodys").write_text("own")
    with pytest.raises(
        ImproperlyConfigured, match=r"contains other files[^\n]+: set it to [^\n]+\.$"
    ):
        env.home()
    assert stat.S_IMODE(home.stat().st_mode) == 0o755
    assert [path.name for path in home.iterdir()] == ["somebodys"]


@pytest.mark.skipif(os.getuid() != 0, reason="gives files to another account")
@pytest.mark.parametrize("name", [env.HOME_MARK, "secret_key"])
def test_nobody_else_can_mark_a_folder_as_ours(home, name):
    home.mkdir(mode=0o755)
    (home / name).touch()
    os.chown(home / name, 4321, 4321)
    with pytest.raises(ImproperlyConfigured, match="contains other files"):
        env.home()


@pytest.mark.parametrize("name", ["secret_key", "skinscreen.sqlite3", "run/lock", "beat-schedule"])
def test_the_home_folder_of_an_earlier_release_is_accepted(home, name):
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).touch()
    assert env.home() == home


@pytest.mark.parametrize("name", ["lost+found", "models", "ml"])
def test_files_that_may_exist_before_the_first_start_are_accepted(home, name):
    (home / name).mkdir(parents=True)
    assert env.home() == home


def test_two_concurrent_starts_agree_on_the_secret(home):
    def make_while_the_other_is_faster():
        env.stored_secret(home / "secret", lambda: "theirs")
        return "mine"

    assert env.stored_secret(home / "secret", make_while_the_other_is_faster) == "theirs"


def test_the_example_file_names_every_variable():
    example = (env.BASE_DIR / ".env.example").read_text()
    in_example = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    folders = ("accounts", "diagnosis", "ml", "skinscreen", "tests")
    used = variables(ENV_CALL, "skinscreen") | variables(ENVIRON_LOOKUP, *folders)
    assert {"SKINSCREEN_SECRET_KEY", "SKINSCREEN_MAIL_FROM"} < used
    assert in_example == used
