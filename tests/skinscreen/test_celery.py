import os
import re
import subprocess
import sys
from time import monotonic
from types import SimpleNamespace

import pytest
from django.db import connections
from kombu.utils.imports import symbol_by_name

from ml.paths import DEFAULT_MODEL
from skinscreen.backends import open_transactions
from skinscreen.celery import app, end_old_connections, end_open_transactions
from skinscreen.environment import env

STARTED = """
import gc, os, sys
from celery import signals
import skinscreen.celery
signals.worker_init.send(None)
from django.db import connection
from diagnosis.classification import active_model
from diagnosis.measurement import analysis
networks = active_model.load.cache_info().currsize + analysis.outliner.cache_info().currsize
print(f"networks:{networks}", f"connected:{connection.connection is not None}")
print(gc.get_freeze_count() > 100_000, *sys.modules)
before = os.nice(0)
signals.worker_process_init.send(None)
print(f"is_nicer:{os.nice(0) == min(19, before + 5)}")
"""
# Imports inside of functions: `from ml import x`, `from ml.x import y`.
LATE = re.compile(r"^ +from (ml(?:\.\w+)*) import (\w+)", re.M)


@pytest.fixture(scope="module")
def imported():
    command = [sys.executable, "manage.py", "shell", "-c", STARTED]
    # The setting names the model, so that the database need not have tables.
    variables = os.environ | {"SKINSCREEN_MODEL_DIR": str(DEFAULT_MODEL)}
    done = subprocess.run(
        command, cwd=env.BASE_DIR, env=variables, check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


def late_imports():
    for path in (env.BASE_DIR / "diagnosis").rglob("*.py"):
        for package, name in LATE.findall(path.read_text()):
            yield f"{package}.{name}" if package == "ml" else package


def test_a_worker_imports_everything_that_tasks_use_before_its_first_task(imported):
    late = set(late_imports())
    assert "ml.serving.classifier" in late
    assert late <= imported
    assert {"scipy.ndimage", "ai_edge_litert.interpreter"} <= imported


def test_a_workers_children_share_the_imported_modules(imported):
    assert "True" in imported


def test_a_workers_children_share_the_networks_and_no_connection(imported):
    assert {"networks:2", "connected:False"} <= imported


def test_a_workers_children_have_a_lower_priority_than_web_processes(imported):
    assert "is_nicer:True" in imported


@pytest.fixture
def connection(transactional_db):
    connections["default"].ensure_connection()
    return connections["default"]


@pytest.fixture
def run_task():
    """Do what Celery does with connections before and after a task."""
    fixup = symbol_by_name("celery.fixups.django:DjangoWorkerFixup")(app)
    task = SimpleNamespace(request=SimpleNamespace(is_eager=False))

    def run():
        fixup.on_task_prerun(sender=task)
        end_old_connections()
        fixup.on_task_postrun(sender=task)

    return run


@pytest.fixture
def closed(connection, monkeypatch):
    times = []
    monkeypatch.setattr(connection, "close", lambda: times.append(monotonic()))
    return times


def test_tasks_share_a_connection_until_it_is_old(connection, run_task, closed, monkeypatch):
    monkeypatch.setattr(connection, "close_at", monotonic() + 600)
    run_task()
    run_task()
    assert closed == []
    monkeypatch.setattr(connection, "close_at", monotonic())
    run_task()
    assert closed


def test_a_connection_that_failed_is_not_used_again(connection, run_task, closed, monkeypatch):
    monkeypatch.setattr(connection, "close_at", None)
    monkeypatch.setattr(connection, "errors_occurred", True)
    monkeypatch.setattr(connection, "is_usable", lambda: False)
    run_task()
    assert closed


def test_a_task_checks_its_connection_before_it_uses_it(connection, run_task, monkeypatch):
    monkeypatch.setattr(connection, "close_at", None)
    monkeypatch.setattr(connection, "health_check_done", True)
    run_task()
    assert not connection.health_check_done


@pytest.mark.parametrize("is_eager", [False, True])
def test_open_transactions_are_closed_after_a_task_unless_it_is_eager(is_eager, monkeypatch):
    times = []
    monkeypatch.setattr(open_transactions, "close", lambda: times.append(monotonic()))
    end_open_transactions(sender=SimpleNamespace(request=SimpleNamespace(is_eager=is_eager)))
    assert bool(times) is not is_eager
