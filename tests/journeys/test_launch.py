"""`make run`, as an operator sees it."""

import os
import shutil
import subprocess
import sys
from signal import SIGHUP, SIGKILL, SIGTERM

import pytest
from kombu import Connection

from tests.journeys.conftest import missing, running
from tests.journeys.stack import ROOT, Stack, crowding, eventually, free_port, is_alive

pytestmark = pytest.mark.journeys


def start_error(stack):
    """Try to start, and return the error message, which must not be a traceback."""
    result = subprocess.run(
        [sys.executable, "-m", "skinscreen.launch"],
        check=False,
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        timeout=60 * crowding(),
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    return result.stderr


def test_the_start_prints_the_address_and_how_to_make_a_reviewer(stack):
    eventually(lambda: f"ready at {stack.url}/" in stack.log)
    assert "manage.py make_reviewer" in stack.log


def test_a_second_start_in_the_same_home_is_reported_without_a_traceback(stack):
    assert "already runs in" in start_error(Stack(stack.home))


def test_a_taken_port_is_reported_without_a_traceback(stack, tmp_path):
    assert f"Port {stack.port} is in use" in start_error(Stack(tmp_path / "other", port=stack.port))


def test_ctrl_c_leaves_no_process_and_the_next_start_has_all_data(tmp_path, jpeg):
    with running(tmp_path / "home") as stack:
        stack.upload(stack.person(), jpeg)
        eventually(lambda: stack.statuses() == ["done"])
        assert stack.stop() == []
        stack.start()
        assert stack.statuses() == ["done"]


@pytest.mark.parametrize("signal", [SIGHUP, SIGTERM, SIGKILL])
def test_no_process_outlives_a_closed_terminal_or_a_killed_launcher(tmp_path, signal):
    stack = Stack(tmp_path / "home")
    stack.start()
    running = stack.processes()
    os.kill(stack.process.pid, signal)
    stack.process.wait(timeout=60 * crowding())
    assert eventually(lambda: not any(is_alive(pid) for pid in running))


def test_no_process_outlives_a_killed_supervisor(tmp_path):
    stack = Stack(tmp_path / "home")
    stack.start()
    running = stack.processes()
    stack.kill("supervisor.supervisord")
    stack.process.wait(timeout=60 * crowding())
    assert eventually(lambda: not any(is_alive(pid) for pid in running))


def test_a_worker_without_a_broker_ends_with_the_supervisor(tmp_path):
    nowhere = f"redis://localhost:{free_port()}"
    stack = Stack(tmp_path / "home", {"REDIS_URL": nowhere})
    stack.start()
    running = stack.processes()
    eventually(lambda: "Cannot connect to redis" in stack.log)
    stack.kill("supervisor.supervisord")
    stack.process.wait(timeout=60 * crowding())
    assert eventually(lambda: not any(is_alive(pid) for pid in running))


def test_a_dead_web_process_is_restarted(stack):
    killed = stack.processes("gunicorn")
    stack.kill("gunicorn")
    assert eventually(lambda: stack.log.count("spawned: 'web'") == 2)
    # The killed process's child answers until it notices its parent's end.
    eventually(lambda: not any(is_alive(pid) for pid in killed))
    assert eventually(stack.is_up)


def test_nothing_listens_beyond_this_machine(stack):
    if not shutil.which("ss"):
        missing("iproute2")
    assert stack.listening() == {"127.0.0.1"}


def test_a_message_that_is_not_json_is_dropped(stack, tmp_path, jpeg):
    worker = stack.processes("celery --quiet -A skinscreen worker")[0]
    with Connection(broker_url(stack)) as connection, connection.Producer() as producer:
        producer.publish(Opens(tmp_path / "opened"), serializer="pickle", routing_key="celery")
    stack.upload(stack.person("pia@example.org"), jpeg)
    eventually(lambda: stack.statuses()[-1:] == ["done"])
    assert not (tmp_path / "opened").exists()
    assert stack.processes("celery --quiet -A skinscreen worker")[0] == worker
    assert "Refusing to deserialize" in stack.log


def broker_url(stack):
    run = stack.home / "run"
    return f"redis+socket://:{(run / 'broker-password').read_text()}@{run / 'broker.sock'}"


class Opens:
    """An object that creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_files_in_the_home_folder_are_readable_only_by_their_owner(stack):
    assert [path for path in stack.home.rglob("*") if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SKINSCREEN_MODEL_DIR", "/nowhere", "/nowhere"),
        ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none", "check DATABASE_URL"),
        ("SKINSCREEN_BIND", "203.0.113.1", "SKINSCREEN_BIND"),
        ("SKINSCREEN_PORT", "http", "whole number"),
        ("SKINSCREEN_HOME", "/proc/nowhere", "set it to a folder that belongs to you"),
    ],
)
def test_an_operators_mistake_is_reported_without_a_traceback(tmp_path, name, value, sentence):
    stack = Stack(tmp_path, {name: value})
    assert sentence in start_error(stack)
