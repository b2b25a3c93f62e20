"""Writes the chapter of docs/results.md on changed photos from its record."""

import json
from pathlib import Path

from ml.evaluation import markdown
from ml.evaluation.robustness.robustness import Effect

INTRODUCTION = (
    "The model answers photos of the `valid` splits, half of them cancers, unchanged and changed. "
    "A disc is compared with the 4:3 rectangle inside it, everything else with the unchanged "
    "photo. `median change` is the median absolute change in the calibrated probability of cancer. "
    "`points lost` is the fall in sensitivity (cancers at urgent or soon), in percentage points. A "
    "photo has `no tier` if it is refused or gets no answer. It then counts as moved down and as "
    "not flagged."
)
# The largest shares of tiers that a mild change may move down, of cancers that a strong change may
# lose, and of cancers that many hairs may lose.
MOST_DOWN, MOST_LOST, MOST_LOST_TO_HAIRS = 0.05, 0.05, 0.08
HEAD = ["change", "strength", "median change", "tiers moved", "moved down", "points lost"]


def chapter(record: Path) -> str:
    """Return the chapter in Markdown."""
    content = json.loads(record.read_text())
    parts = [f"## Changed photos, {content['model']}", INTRODUCTION]
    effects = [Effect(**entry) for entry in content["effects"]]
    for kind in dict.fromkeys(effect.kind for effect in effects):
        rows = [_cells(effect) for effect in effects if effect.kind == kind]
        head = [*HEAD, "no tier"]
        parts += [f"### {kind.capitalize()} photos", markdown.table(head, rows)]
        parts += [_beyond([effect for effect in effects if effect.kind == kind])]
    return "\n\n".join(parts)


def _beyond(effects: list[Effect]) -> str:
    """Return a sentence with the changes beyond the limits."""
    beyond = [f"{effect.change} ({effect.strength})" for effect in effects if is_beyond(effect)]
    named = ", ".join(beyond) or "none"
    return (
        f"A mild change may move at most {MOST_DOWN:.0%} of tiers down. A strong change may lose "
        f"at most {100 * MOST_LOST:.0f} points, and 25 hairs {100 * MOST_LOST_TO_HAIRS:.0f}. "
        f"Changes beyond these limits: {named}."
    )


def is_beyond(effect: Effect) -> bool:
    """Return whether a change has a larger effect than the limits allow."""
    if effect.strength == "mild":
        return effect.down > MOST_DOWN
    return effect.lost > (MOST_LOST_TO_HAIRS if effect.change == "hairs" else MOST_LOST)


def _cells(effect: Effect) -> list[str]:
    shares = (effect.moved, effect.down, effect.lost, effect.refused)
    return [
        effect.change,
        effect.strength,
        f"{effect.median:.3f}",
        *(f"{100 * s:.1f} %" for s in shares),
    ]
