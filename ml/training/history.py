"""The progress of a training run, one row per epoch."""

import csv
from pathlib import Path

from matplotlib.figure import Figure

from ml.training import plot_files

TABLE, CURVES = "history.csv", "curves.png"

History = list[dict[str, float]]


def read(run: Path) -> History:
    """Return a row (epoch, loss, score on the `valid` split) for each finished epoch."""
    path = run / TABLE
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def write(run: Path, history: History) -> None:
    """Replace the table atomically, and draw the curves again."""
    partial = run / "partial.csv"
    with partial.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(history[0]))
        writer.writeheader()
        writer.writerows(history)
    partial.replace(run / TABLE)
    _plot(history, run / CURVES)


def best(history: History, figure: str) -> float:
    """Return the highest value so far in the column `figure`, or 0 before the first epoch.

    The figure is measured on the `valid` split.
    """
    return max((row[figure] for row in history), default=0.0)


def _plot(history: History, path: Path) -> None:
    figure = Figure(figsize=(8, 3.5), layout="constrained")
    epochs = [row["epoch"] for row in history]
    for axes, column in zip(figure.subplots(1, 2), list(history[0])[1:], strict=True):
        axes.plot(epochs, [row[column] for row in history], marker=".")
        axes.set(xlabel="epoch", title=column)
    plot_files.write(figure, path, dpi=100)
