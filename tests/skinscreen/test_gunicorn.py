import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.parser import RequestParser

from skinscreen import gunicorn, settings


def test_request_sizes_are_limited_and_workers_are_renewed():
    assert 0 < gunicorn.limit_request_line <= 4094
    assert 0 < gunicorn.limit_request_fields <= 100
    assert 0 < gunicorn.limit_request_field_size <= 8190
    assert gunicorn.timeout <= 60
    assert 0 < gunicorn.max_requests_jitter < gunicorn.max_requests


def test_all_connections_leave_open_files_for_everything_else():
    usual_limit = 1024
    assert gunicorn.worker_connections <= usual_limit - 100


def test_the_access_log_with_its_addresses_stays_off():
    assert gunicorn.logconfig_dict is settings.LOGGING
    assert settings.LOGGING["loggers"]["gunicorn.access"]["level"] == "CRITICAL"


@pytest.fixture
def _own_home(monkeypatch, tmp_path):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    monkeypatch.setenv("SKINSCREEN_HOME", str(tmp_path / "home"))
    yield
    gunicorn.on_exit(None)


@pytest.mark.usefixtures("_own_home")
def test_metrics_of_the_previous_start_are_deleted():
    for _ in range(2):
        gunicorn.on_starting(None)
        folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
        assert list(folder.iterdir()) == []
        (folder / "histogram_1.db").touch()
    gunicorn.on_exit(None)
    assert not folder.exists()


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="without /dev/shm, the disk is used")
@pytest.mark.usefixtures("_own_home")
def test_the_metrics_folder_is_in_memory():
    assert gunicorn.metrics_folder().parent == Path("/dev/shm")


READY = """
import gc, os, sys
from types import SimpleNamespace
from skinscreen import gunicorn
gunicorn.on_starting(None)
from gunicorn.app.wsgiapp import WSGIApplication
sys.argv = ["gunicorn", "-c", "python:skinscreen.gunicorn", "skinscreen.wsgi"]
gunicorn.when_ready(SimpleNamespace(app=WSGIApplication()))
from django.db import connections
from prometheus_client import values
from django.template import engines
print(len(engines["django"].engine.template_loaders[0].get_template_cache) > 100)
print(gc.get_freeze_count() > 100_000)
print("diagnosis.screenings.views" in sys.modules)
print([one.connection for one in connections.all()])
print(values.ValueClass is not values.MutexValue)
gunicorn.on_exit(None)
"""


def test_processes_share_the_pages_code_and_no_connection(tmp_path):
    own = os.environ | {"SKINSCREEN_HOME": str(tmp_path), "PROMETHEUS_MULTIPROC_DIR": ""}
    words = [sys.executable, "-c", READY]
    done = subprocess.run(words, env=own, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[1:] == ["True", "True", "True", "[None]", "True"]


REPLACED = """
import os
from types import SimpleNamespace
from skinscreen import gunicorn
gunicorn.delete_metrics()
from prometheus_client import CollectorRegistry, Histogram, multiprocess
durations = Histogram("seconds", "Durations.", ["page"])
server = SimpleNamespace(WORKERS={})
for age in range(50):
    worker = SimpleNamespace(age=age)
    gunicorn.pre_fork(server, worker)
    if not os.fork():
        gunicorn.post_fork(server, worker)
        durations.labels("home").observe(1)
        os._exit(0)
    os.wait()
    server.WORKERS[age] = worker
    if age >= 2:
        gunicorn.child_exit(server, server.WORKERS.pop(age - 2))
registry = CollectorRegistry()
multiprocess.MultiProcessCollector(registry)
print(len(list(gunicorn.metrics_folder().iterdir())))
print(registry.get_sample_value("seconds_count", {"page": "home"}))
gunicorn.on_exit(None)
"""


def test_processes_that_replace_others_need_no_more_metrics_files_and_lose_no_counts(tmp_path):
    own = os.environ | {"SKINSCREEN_HOME": str(tmp_path), "PROMETHEUS_MULTIPROC_DIR": ""}
    words = [sys.executable, "-c", REPLACED]
    done = subprocess.run(words, env=own, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["3", "50.0"]


HEADERS = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Ssl": "on",
    "X-Forwarded-Protocol": "ssl",
    "SCRIPT_NAME": "/admin",
    "PATH_INFO": "/admin/",
    "REMOTE_USER": "root@example.org",
    "X_FORWARDED_FOR": "203.0.113.9",
}


@pytest.fixture
def environ():
    """The WSGI environ of a request from this machine, with our settings of gunicorn."""
    config = Config()
    for name in ("forwarded_allow_ips", "forwarder_headers", "secure_scheme_headers"):
        config.set(name, getattr(gunicorn, name))
    ours, client = socket.socketpair()
    with ours, client:
        lines = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        client.sendall(f"GET /spots/ HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
        peer = ("127.0.0.1", 40000)
        request = next(RequestParser(config, ours, peer))
        return wsgi.create(request, ours, peer, ("127.0.0.1", 8000), config)[1]


def test_a_local_account_is_not_trusted_as_a_proxy(environ):
    assert environ["wsgi.url_scheme"] == "http"
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/spots/")
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert not {"REMOTE_USER", "HTTP_SCRIPT_NAME", "HTTP_PATH_INFO"} & environ.keys()


def test_a_header_with_an_underscore_is_dropped(environ):
    assert "HTTP_X_FORWARDED_FOR" not in environ
