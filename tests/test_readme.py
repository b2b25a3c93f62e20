"""README shows the figures that the model's card holds, and no others."""

from pathlib import Path

import pytest

from ml.labels import Kind
from ml.paths import DEFAULT_MODEL
from ml.serving import card

README = (Path(__file__).parents[1] / "README.md").read_text()

FIGURES = ("melanoma_auroc", "cancer_auroc", "melanoma_urgent", "cancer_flagged", "benign_flagged")


def shown(interval):
    return f"{interval.value:.3f} ({interval.low:.3f}–{interval.high:.3f})"


@pytest.mark.parametrize(("split", "pictures"), [("test", "HAM10000"), ("isic_uda1", "ISIC UDA-1")])
def test_the_figures_are_those_of_the_card(split, pictures):
    report = card.read(DEFAULT_MODEL).kinds[Kind.DERMOSCOPIC].reports[split]
    (row,) = [line for line in README.splitlines() if line.startswith(f"| {pictures}")]
    assert [cell.strip() for cell in row.split("|")[2:8]] == [
        *(shown(report.metrics[name]) for name in FIGURES),
        f"{sum(report.refused.values())} of {report.images}",
    ]
