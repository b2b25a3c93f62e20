"""Writes the chapters of docs/results.md on the features' benefit and repeatability."""

from collections.abc import Callable

from ml.evaluation.markdown import interval, table
from ml.features.studies.benefit import SHOWN, Benefit
from ml.features.studies.repeatability import Repeatability
from ml.features.studies.rephotographed import ANGLES, QUALITIES, SIZES
from ml.serving.card import Interval

TITLE = "## Do the measures help?"
INTRODUCTION = (
    "A logistic regression of what `ml.features` measures, beside the network and both together, "
    "on `test`, one photo a lesion with its published mask: this is why the network's figure is "
    "not that of all photos. The measures were fitted on some lesions of `train` and their penalty "
    "chosen on `valid`. The combination, of the log-odds of both, was fitted on `valid` alone: a "
    "network's scores of its own training photos are too good."
)
COEFFICIENTS = (
    "Coefficients of the standardised measures, in log-odds of melanoma for a standard deviation. "
    "Measures that go together share theirs, and signs of single ones mean little."
)
NAMES = ("AUROC", "average precision", "sensitivity at 80 % specificity")

REPEATS = (
    "Lesions of `valid` that lie whole in their photo, with their published masks, measured as "
    f"they are and again: turned by {', '.join(map(str, ANGLES))} degrees, scaled to "
    f"{' and '.join(map(str, SIZES))}, and as JPEG of quality {' and '.join(map(str, QUALITIES))}, "
    "the mask changed alike (JPEG leaves it, and with it what the outline alone tells). "
    "ICC: the intraclass correlation ICC(1,1) (Shrout and Fleiss 1979), 1 where a lesion "
    "keeps its value, 0 or less where it differs as much as another lesion; "
    "intervals: bootstrap over lesions. Difference: the median of each changed value's from the "
    "first, relative to the mean of both. A second photo differs in light, camera, focus and "
    "outline too, none of which is in here: expect less of one."
)
# Koo and Li, Journal of Chiropractic Medicine 15 (2016): below it, at most moderate.
GOOD = 0.75


def chapter(found: Benefit) -> str:
    """Return the chapter as Markdown."""
    counts = ", ".join(f"{count} of `{split}`" for split, count in found.lesions.items())
    rows = [[way, *(interval(f[name]) for name in SHOWN)] for way, f in found.figures.items()]
    ordered = sorted(found.coefficients.items(), key=lambda pair: -abs(pair[1]))
    listed = [[name, f"{value:+.2f}".replace("-", "−")] for name, value in ordered]
    gain = f"Both together add {interval(found.gain)} to the network's AUROC."
    parts = [TITLE, f"{INTRODUCTION} Lesions: {counts}.", table(["", *NAMES], rows), gain]
    return "\n\n".join([*parts, COEFFICIENTS, table(["measure", "coefficient"], listed)])


def repeatability_chapter(found: Repeatability) -> str:
    """Return the chapter on the features' repeatability as Markdown."""
    shown = {
        name: [
            cell
            for of_kind in found.kinds.values()
            for repeats in [of_kind[name]]
            for cell in (
                interval(repeats.icc) if repeats.icc else "–",
                f"{repeats.difference:.1%}".replace("%", " %"),
            )
        ]
        for name in next(iter(found.kinds.values()))
    }
    head = ["measure", *(f"{kind}: {of}" for kind in found.kinds for of in ("ICC", "difference"))]
    parts = [
        "## Do the measures repeat?",
        f"{REPEATS} Lesions: {found.lesions}.",
        _weak(found),
        table(head, [[name, *cells] for name, cells in shown.items()]),
    ]
    return "\n\n".join(parts)


def _weak(found: Repeatability) -> str:
    """Return a sentence with the features that do not repeat well, and with those in doubt."""
    poor = _named(found, lambda icc: icc.value < GOOD)
    unsure = _named(found, lambda icc: icc.low < GOOD <= icc.value)
    return (
        f"Do not repeat well (ICC below {GOOD}; good is above it, Koo and Li 2016): {poor}. "
        f"May not (the interval reaches below {GOOD}): {unsure}."
    )


def _named(found: Repeatability, holds: Callable[[Interval], bool]) -> str:
    names = [
        f"`{name}` {kind}"
        for kind, measures in found.kinds.items()
        for name, repeats in measures.items()
        if repeats.icc and holds(repeats.icc)
    ]
    return ", ".join(names) or "none"
