"""What the documents point to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATHS = re.compile(r"`((?:accounts|diagnosis|ml|skinscreen|static|templates|tests)/[\w./-]+\.\w+)`")


@pytest.mark.parametrize("name", ["security.md"])
def test_a_document_names_files_that_exist(name):
    named = PATHS.findall((ROOT / "docs" / name).read_text())
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).is_file()] == []
