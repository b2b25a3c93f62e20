"""Draws the reliability diagram: how often photos with a given probability were melanoma."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ml import wilson
from ml.evaluation.score_table import Score, arrays
from ml.training import plot_files

BINS = 10


def draw(scores: list[Score], path: Path) -> None:
    """Draw two plots for each set: the observed share with Wilson's interval, and the counts below.

    DeGroot and Fienberg, "The comparison and evaluation of forecasters", The Statistician 32, 1983.
    """
    sets = list(dict.fromkeys(score.dataset for score in scores))
    figure = Figure(figsize=(4 * len(sets), 5.2), layout="constrained")
    shares, counts = figure.subplots(2, len(sets), height_ratios=(3, 1), squeeze=False, sharex=True)
    for name, above, below in zip(sets, shares, counts, strict=True):
        truth, probability = arrays([score for score in scores if score.dataset == name])
        above.plot((0, 1), (0, 1), color="0.8", zorder=0)
        above.errorbar(*points(truth, probability), fmt="o", capsize=2)
        above.set(title=name, xlim=(0, 1), ylim=(0, 1), ylabel="share of melanomas")
        below.hist(probability, bins=BINS, range=(0, 1), color="0.6")
        below.set(yscale="log", xlabel="probability of melanoma", ylabel="photos")
    plot_files.write(figure, path)


def points(truth: np.ndarray, probability: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return mean probability, observed share and both error bars of each bin with photos."""
    position = np.minimum((probability * BINS).astype(int), BINS - 1)
    bins = []
    for number in np.unique(position):
        members = truth[position == number]
        share = members.mean()
        low, high = wilson.interval(int(members.sum()), len(members))
        middle = probability[position == number].mean()
        bins.append((middle, share, max(share - low, 0), max(high - share, 0)))
    x, y, down, up = np.array(bins).T
    return x, y, np.stack([down, up])
