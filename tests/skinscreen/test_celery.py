import re
import subprocess
import sys

import pytest

from skinscreen.environment import env

STARTED = """
import gc, sys
from celery import signals
import skinscreen.celery
signals.worker_init.send(None)
print(gc.get_freeze_count() > 100_000, *sys.modules)
"""
# Imports inside of functions: `from ml import x`, `from ml.x import y`.
LATE = re.compile(r"^ +from (ml(?:\.\w+)*) import (\w+)", re.M)


@pytest.fixture(scope="module")
def imported():
    command = [sys.executable, "manage.py", "shell", "-c", STARTED]
    done = subprocess.run(command, cwd=env.BASE_DIR, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def late_imports():
    for path in (env.BASE_DIR / "diagnosis").rglob("*.py"):
        for package, name in LATE.findall(path.read_text()):
            yield f"{package}.{name}" if package == "ml" else package


def test_a_worker_imports_everything_its_tasks_use_before_the_first(imported):
    found = set(late_imports())
    assert "ml.serving.classifier" in found
    assert found <= imported
    assert {"scipy.ndimage", "ai_edge_litert.interpreter"} <= imported


def test_a_workers_children_share_what_was_imported(imported):
    assert "True" in imported
