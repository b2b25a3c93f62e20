"""The chapter of docs/results.md on the lesion's outline, from the card."""

import json
from pathlib import Path
from typing import Any

from ml.markdown import interval, table
from ml.outlines.card import OutlineCard

INTRODUCTION = (
    "A U-Net on the classifier's first blocks draws the lesion's boundary; the aim is a Dice "
    "coefficient of 0.93 on `test`, and of 0.88 on other clinics' photos. Of a picture without an "
    "outline Dice is 0; of several lesions the largest counts. Distances are symmetric, between "
    "the boundaries, in % of the picture's diagonal. Intervals: bootstrap over lesions. "
    "`images` says how many of a split were measured."
)
REFUSALS = {
    "refused_others": "pictures of anything else",
    "refused_pairs": "two lesions of `test` side by side",
}
METRICS = ("dice", "mean_distance", "distance_95")
HEAD = ["pictures", "images", "no lesion", "several", "Dice", "mean distance", "95th percentile"]


def chapter(card: OutlineCard, squares: Path) -> str:
    """Return the chapter in Markdown."""
    rows = [
        [name, str(r.images), *_refused(r.refused), *(interval(r.metrics[m]) for m in METRICS)]
        for name, r in card.reports.items()
    ]
    for name, title in REFUSALS.items():
        counts = getattr(card, name)
        rows.append([title, str(counts["images"]), *_refused(counts), "–", "–", "–"])
    parts = [f"## The outline, {card.version}", INTRODUCTION, table(HEAD, rows)]
    if card.times:
        parts += [
            f"An outline takes {card.times.ratio:.2f} of the time of the classifier's answer, "
            "both measured in one run."
        ]
    if squares.exists():
        parts += [_squares(json.loads(squares.read_text()))]
    return "\n\n".join(parts)


def _refused(counts: dict[str, int]) -> list[str]:
    return [str(counts.get(fault, 0)) for fault in ("no_lesion", "several_lesions")]


def _squares(fits: list[dict[str, Any]]) -> str:
    shares = ", ".join(
        f"{f['share']:.2f} of pictures {f['native_width']} px wide (quartiles "
        f"{f['quartiles'][0]:.2f} and {f['quartiles'][1]:.2f}, {f['pictures']} pictures)"
        for f in fits
    )
    return (
        "HAM10000's square copies show the middle three quarters of the picture's width: scaled to "
        f"fit the picture's darkness, the share of the mask's width at full height is {shares}. "
        "The masks are cut accordingly."
    )
