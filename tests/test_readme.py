"""README shows the figures that the model's card holds, and no others."""

from pathlib import Path

import pytest

from ml import card
from ml.paths import DEFAULT_MODEL

README = (Path(__file__).parents[1] / "README.md").read_text()


def shown(interval):
    return f"{interval.value:.3f} ({interval.low:.3f}–{interval.high:.3f})"


@pytest.mark.parametrize(("split", "pictures"), [("test", "HAM10000"), ("uda1", "ISIC UDA-1")])
def test_the_figures_are_those_of_the_card(split, pictures):
    report = card.read(DEFAULT_MODEL).reports[split]
    (row,) = [line for line in README.splitlines() if line.startswith(f"| {pictures}")]
    assert [cell.strip() for cell in row.split("|")[2:6]] == [
        *(shown(report.metrics[name]) for name in ("auroc", "sensitivity", "specificity")),
        f"{sum(report.refused.values())} of {report.images}",
    ]
