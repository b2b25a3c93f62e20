"""Writes the chapter of docs/results.md on the lesion's outline from the outline model's card."""

from ml.evaluation.markdown import interval, table
from ml.segmentation.outline_card import OutlineCard

INTRODUCTION = (
    "A U-Net on the classifier's first blocks outlines the lesion. The aim is a Dice "
    "coefficient of 0.93 on `test`, and of 0.88 on photos of other clinics. A picture without "
    "an outline has a Dice coefficient of 0. If there are several lesions, the largest counts. "
    "Distances are symmetric distances between the outlines, in % of the picture's diagonal. "
    "Intervals come from a bootstrap over lesions. `images` is the number of measured pictures; "
    "`no lesion` and `several` count those in which no lesion, or more than one, was found."
)
REFUSALS = {
    "refused_others": "pictures of other things",
    "refused_pairs": "two lesions of `test` side by side",
}
METRICS = ("dice", "mean_distance", "distance_95")
HEAD = ["pictures", "images", "no lesion", "several", "Dice", "mean distance", "95th percentile"]


def chapter(card: OutlineCard) -> str:
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
    return "\n\n".join(parts)


def _refused(counts: dict[str, int]) -> list[str]:
    return [str(counts.get(fault, 0)) for fault in ("no_lesion", "several_lesions")]
