"""The record of a search: its best plan, and its trials as a table and a plot."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from matplotlib.figure import Figure

from ml.architectures import cnn
from ml.architectures.cnn import BEST, Plan
from ml.errors import OperatorError
from ml.training import plot_files

if TYPE_CHECKING:
    from ml.replication.tune import Settings

TABLE, PLOT, SUMMARY = "trials.csv", "trials.png", "summary.txt"


class Trial(NamedTuple):
    """A network that was tried."""

    plan: Plan
    epochs: int
    auroc: float  # the best epoch's, on the `valid` split
    parameters: int

    @classmethod
    def of(cls, trial: Any, settings: "Settings") -> Self:
        """Convert a trial of Keras Tuner."""
        from ml.replication.tune import plan_of

        plan = plan_of(trial.hyperparameters, settings)
        epochs = trial.hyperparameters.values.get("tuner/epochs", settings.epochs)
        parameters = cnn.build(plan, settings.height, settings.width).count_params()
        return cls(plan, epochs, trial.score, parameters)

    def cells(self) -> dict[str, float | None]:
        """Return the table's row; a block that the network lacks has None."""
        row: dict[str, float | None] = {"valid_auroc": round(self.auroc, 4), "epochs": self.epochs}
        row |= {"parameters": self.parameters, "blocks": len(self.plan.blocks)}
        for number in range(3):
            block = self.plan.blocks[number] if number < len(self.plan.blocks) else None
            row[f"filters {number + 1}"] = block and block.filters
            row[f"kernel {number + 1}"] = block and block.kernel
            row[f"pool {number + 1}"] = block and block.pool
        return row


def refuse_damaged(search: Path) -> None:
    """Check that the files of a search, if there are any, can be read.

    Raises:
        OperatorError: a file is empty or truncated, as after a crash or on a full disk.
    """
    for path in sorted(search.rglob("*.json")):
        try:
            is_whole = isinstance(json.loads(path.read_text()), dict)
        except (ValueError, UnicodeDecodeError):
            is_whole = False
        if not is_whole:
            raise OperatorError(
                f"{path} is empty or truncated, so the search cannot continue: delete {search} to "
                "begin again."
            )


def write(trials: list[Trial], settings: "Settings", folder: Path) -> None:
    """Write table, plot, best plan and its network's summary into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    ranked = sorted(trials, key=lambda trial: -trial.auroc)
    rows = [trial.cells() for trial in ranked]
    with (folder / TABLE).open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    _plot(rows, folder / PLOT)
    best = ranked[0]
    network = cnn.build(best.plan, settings.height, settings.width)
    lines: list[str] = []
    network.summary(print_fn=lines.append, line_length=80)
    (folder / SUMMARY).write_text("\n".join(lines) + "\n")
    content = best._asdict() | {"plan": best.plan._asdict(), "settings": settings._asdict()}
    (folder / BEST).write_text(json.dumps(content, indent=1) + "\n")


def _plot(rows: list[dict[str, float | None]], path: Path) -> None:
    # A block that no trial has gets no axis.
    used = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    names = [name for name in used if name != "valid_auroc"] + ["valid_auroc"]
    values = np.array([[row[name] or np.nan for name in names] for row in rows], float)
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    scaled = (values - low) / np.where(high > low, high - low, 1)
    figure = Figure(figsize=(12, 4.5), layout="constrained")
    axes = figure.subplots()
    colours = figure.colorbar(
        axes.scatter([], [], c=[], cmap="viridis", vmin=low[-1], vmax=high[-1]), ax=axes
    )
    colours.set_label("AUROC on valid")
    for row, auroc in zip(scaled, values[:, -1], strict=True):
        axes.plot(range(len(names)), row, color=colours.cmap(colours.norm(auroc)), marker=".")
    axes.set_xticks(range(len(names)), [name.replace(" ", "\n") for name in names])
    axes.set_yticks([])
    for position, (least, most) in enumerate(zip(low, high, strict=True)):
        axes.axvline(position, color="0.8", linewidth=0.8, zorder=0)
        axes.text(position, -0.04, f"{least:g}", ha="center", va="top", fontsize=8)
        axes.text(position, 1.04, f"{most:g}", ha="center", va="bottom", fontsize=8)
    axes.set_ylim(-0.12, 1.12)
    plot_files.write(figure, path)
