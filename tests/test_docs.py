"""Checks that the files, pages and metrics named in the documents exist."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PATHS = re.compile(r"`((?:accounts|diagnosis|ml|skinscreen|static|templates|tests)/[\w./-]+\.\w+)`")


@pytest.mark.parametrize(
    "name",
    [
        "architecture.md",
        "asvs.md",
        "glossary.md",
        "keys.md",
        "operating.md",
        "rules.md",
        "security.md",
    ],
)
def test_a_document_names_files_that_exist(name):
    named = PATHS.findall((ROOT / "docs" / name).read_text())
    assert [path for path in named if not (ROOT / path).is_file()] == []


def test_alerts_use_existing_metrics():
    (rules,) = re.findall(
        r"```yaml\n(groups:.+?)```", (ROOT / "docs/operating.md").read_text(), re.S
    )
    alerts = yaml.safe_load(rules)["groups"][0]["rules"]
    used = {name for alert in alerts for name in re.findall(r"skinscreen_\w+", alert["expr"])}
    sources = ["diagnosis/operations/metrics.py", "skinscreen/middleware.py"]
    text = "".join((ROOT / source).read_text() for source in sources)
    assert len(used) > 8
    assert [name for name in used if f'"{re.sub("_(bucket|count)$", "", name)}"' not in text] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_a_link_leads_to_an_existing_file_and_to_a_page_of_the_site(page):
    targets = re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", page.read_text())
    files = [(page.parent / target).resolve() for target in targets]
    assert [file for file in files if not file.exists()] == []
    # The site has only the pages of docs/, so a link to another page would break `make docs`.
    pages = [file for file in files if file.suffix == ".md"]
    assert [file for file in pages if not file.is_relative_to(ROOT / "docs")] == []


def test_every_decision_is_in_the_index_with_its_title():
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text()
    pages = sorted(folder.glob("[0-9]*.md"))
    rows = [f"| [{page.read_text().splitlines()[0][2:]}]({page.name}) | " for page in pages]
    assert [row for row in rows if row not in index] == []


def test_every_page_is_in_the_sites_table_of_contents():
    listed = set(re.findall(r"^[\w/-]+$", (ROOT / "docs" / "index.md").read_text(), re.M))
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"} <= listed
