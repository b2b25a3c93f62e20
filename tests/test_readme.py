"""README is short, its links work, and its figures are those of the model's card."""

import re
from pathlib import Path

import pytest

from ml.labels import Kind
from ml.paths import DEFAULT_MODEL
from ml.serving import card_files

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()

FIGURES = ("melanoma_auroc", "cancer_auroc", "melanoma_urgent", "cancer_flagged", "benign_flagged")


def formatted(interval):
    return f"{interval.value:.3f} ({interval.low:.3f}–{interval.high:.3f})"


@pytest.mark.parametrize(
    ("pictures", "kind", "name"),
    [
        ("ISIC UDA-1", Kind.DERMOSCOPIC, "isic_uda1"),
        ("HAM10000", Kind.DERMOSCOPIC, "test, ham10000"),
        ("Dermatoscope", Kind.DERMOSCOPIC, "test"),
        ("Phone", Kind.CAMERA, "test, pad_ufes20"),
        ("Camera", Kind.CAMERA, "test"),
    ],
)
def test_the_figures_agree_with_the_card(pictures, kind, name):
    report = card_files.read(DEFAULT_MODEL).kinds[kind].reports[name]
    (row,) = [line for line in README.splitlines() if line.startswith(f"| {pictures}")]
    assert [cell.strip() for cell in row.split("|")[2:8]] == [
        *(formatted(report.metrics[name]) for name in FIGURES),
        f"{sum(report.refused.values())} of {report.images}",
    ]


def test_readme_is_short():
    assert len(README.splitlines()) <= 120


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_lead_to_existing_files(page):
    targets = re.findall(r"\]\(([^)#:]+)[#)]|src=\"([^\":]+)\"", (ROOT / page).read_text())
    assert targets
    assert [path for path in map("".join, targets) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_commands_are_targets_of_make(page):
    named = re.findall(r"^make ([\w-]+)|`make ([\w-]+)`", (ROOT / page).read_text(), re.M)
    targets = re.findall(r"^([\w-]+):.*## ", (ROOT / "Makefile").read_text(), re.M)
    assert {*map("".join, named)} <= {*targets}
