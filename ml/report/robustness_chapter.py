"""Makes the chapter on changed photos in docs/results.md from its record."""

import json
from pathlib import Path

from ml.evaluation import markdown
from ml.evaluation.robustness.robustness import Effect

INTRODUCTION = (
    "The model reads photos of `valid` splits before and after a change. Half of them show cancer "
    "if there are enough. `disc in black` is compared with the rectangle inside the disc, the rest "
    "with the original photo. `median change` is the median absolute change in the calibrated "
    "probability of cancer. `points lost` is the fall in sensitivity (cancers at urgent or soon), "
    "in percentage points. A photo has `no tier` if it is refused or gets no answer. It then "
    "counts as moved down and as not flagged."
)
# The most that may be lost (shares): tiers moved down by a mild change, cancers by a strong change,
# cancers by many hairs.
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
        f"A mild change may move at most {MOST_DOWN:.0%} of tiers down. Strong changes may lose at "
        f"most {100 * MOST_LOST:.0f} points, strong `hairs` {100 * MOST_LOST_TO_HAIRS:.0f} points. "
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
