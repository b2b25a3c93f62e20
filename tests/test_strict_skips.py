"""In strict mode, a skipped test fails, unless no installation could avoid the skip."""

import os
import subprocess
import sys

import pytest

from tests.strict_skips import ALLOWED
from tests.test_requirements import ROOT


def outcome(tmp_path, reason, **variables):
    path = tmp_path / "test_one.py"
    path.write_text(f"import pytest\n\n@pytest.mark.skip(reason={reason!r})\ndef test_one(): ...\n")
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "tests.strict_skips"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", path],
        cwd=ROOT,
        # The project's plugins take longer to load than the test takes to run.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("reason", "strict", "expected"),
    [
        ("openssl is missing", "1", "1 error"),
        ("openssl is missing", "0", "1 skipped"),
        (ALLOWED[0], "1", "1 skipped"),
    ],
)
def test_an_avoidable_skip_fails_in_strict_mode(tmp_path, reason, strict, expected):
    assert expected in outcome(tmp_path, reason, SKINSCREEN_TEST_STRICT=strict)
