import os
import subprocess
import sys
from pathlib import Path

import pytest

from ml.serving import greeting


def test_only_the_greeting_is_removed_from_standard_error(capfd):
    with greeting.unsaid():
        os.write(2, b"before\n" + greeting.GREETING + b"ERROR: real\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "before\nERROR: real\nafter\n"


def test_an_exception_loses_no_output(capfd):
    with pytest.raises(ZeroDivisionError), greeting.unsaid():
        os.write(2, b"ERROR: real\n") / 0
    assert capfd.readouterr().err == "ERROR: real\n"


def test_no_descriptor_stays_open():
    before = sorted(Path("/proc/self/fd").iterdir())
    with greeting.unsaid():
        pass
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_loading_the_model_prints_nothing():
    code = "from ml.serving import classifier as c; c.Classifier.load(c.DEFAULT_MODEL)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")
