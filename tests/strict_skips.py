"""With SKINSCREEN_TEST_STRICT=1, every test must run, and a skip is a failure."""

import os

import pytest

# Skips that no installation can avoid, because of the kernel, the database or data sets.
ALLOWED = (
    "this kernel confines no process",
    "no /dev/shm",
    "this is about SQLite's files",
    "set SKINSCREEN_DATA to the data folder",
    "make fuzz downloads the corpus",
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    is_strict = os.environ.get("SKINSCREEN_TEST_STRICT") == "1"
    if is_strict and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(call.excinfo.value)
        if not any(allowed in reason for allowed in ALLOWED):
            report.outcome = "failed"
            report.longrepr = f"Skipped, although every test must run: {reason}"
    return report
