import subprocess

import pytest

from diagnosis.operations.backup import BackupError, snapshot


def test_a_tool_that_ends_without_a_message_is_reported_in_one_sentence(db, monkeypatch):
    ended = subprocess.CompletedProcess([], 137, stdout="", stderr="")
    monkeypatch.setattr(snapshot.shutil, "which", lambda _: "/usr/bin/pg_dump")
    monkeypatch.setattr(snapshot.subprocess, "run", lambda *_, **__: ended)
    with pytest.raises(BackupError, match=r"^pg_dump failed[^\n]+: it ended with 137\.$"):
        snapshot.run_tool("pg_dump")
