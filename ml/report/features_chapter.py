"""Writes the chapters of docs/results.md on the features' benefit and repeatability."""

from collections.abc import Callable

from ml.evaluation.markdown import interval, table
from ml.features.studies.benefit import SHOWN, Benefit
from ml.features.studies.repeatability import Repeatability
from ml.features.studies.rephotographed import ANGLES, QUALITIES, SIZES
from ml.serving.card import Interval

TITLE = "## Do the lesion features help?"
INTRODUCTION = (
    "A logistic regression on the features of `ml.features` is compared with the network and "
    "with both together, on `test`. Only one photo per lesion is used, with its published mask, so "
    "the network's AUROC here differs from its AUROC on all photos. The regression was fitted on "
    "some lesions of `train`, and its penalty was chosen on `valid`. The combination of both "
    "log-odds was fitted only on `valid`, since a network's scores of its own training photos "
    "are too good."
)
COEFFICIENTS = (
    "The table has the coefficients of the standardised features, in log-odds of melanoma per "
    "standard deviation. The effect of correlated features is divided among their coefficients, "
    "so the sign of one coefficient means little."
)
NAMES = ("AUROC", "average precision", "sensitivity at 80 % specificity")

REPEATS = (
    "Lesions of `valid` that are completely inside their photo, with their published masks, are "
    "measured unchanged and after changes: turned by "
    f"{', '.join(map(str, ANGLES))} degrees, scaled to "
    f"{' and '.join(map(str, SIZES))}, and as JPEG of quality {' and '.join(map(str, QUALITIES))}. "
    "The mask is changed in the same way. JPEG changes neither the mask nor the features that "
    "depend only on the outline. ICC is the intraclass correlation ICC(1,1) (Shrout and Fleiss "
    "1979). It is 1 if a lesion keeps its value, and 0 or less if its values differ at least as "
    "much as the values of different lesions. Its intervals come from a bootstrap over lesions. "
    "The difference is the median difference between the values of a changed and of the unchanged "
    "photo, relative to the mean of the two. A real second photo also differs in light, camera, "
    "focus and outline, so expect lower repeatability."
)
# An ICC below this is at most moderate (Koo and Li, Journal of Chiropractic Medicine 15, 2016).
GOOD = 0.75


def chapter(record: Benefit) -> str:
    """Return the chapter as Markdown."""
    counts = ", ".join(f"{count} of `{split}`" for split, count in record.lesions.items())
    rows = [[way, *(interval(f[name]) for name in SHOWN)] for way, f in record.figures.items()]
    ordered = sorted(record.coefficients.items(), key=lambda pair: -abs(pair[1]))
    listed = [[name, f"{value:+.2f}".replace("-", "−")] for name, value in ordered]
    gain = f"Both together add {interval(record.gain)} to the network's AUROC."
    parts = [TITLE, f"{INTRODUCTION} Lesions: {counts}.", table(["", *NAMES], rows), gain]
    return "\n\n".join([*parts, COEFFICIENTS, table(["feature", "coefficient"], listed)])


def repeatability_chapter(record: Repeatability) -> str:
    """Return the chapter on the features' repeatability as Markdown."""
    by_feature = {
        name: [
            cell
            for of_kind in record.kinds.values()
            for repeats in [of_kind[name]]
            for cell in (
                interval(repeats.icc) if repeats.icc else "–",
                f"{repeats.difference:.1%}".replace("%", " %"),
            )
        ]
        for name in next(iter(record.kinds.values()))
    }
    head = [
        "feature",
        *(f"{kind}: {name}" for kind in record.kinds for name in ("ICC", "difference")),
    ]
    parts = [
        "## Do the lesion features repeat?",
        f"{REPEATS} Lesions: {record.lesions}.",
        _weak(record),
        table(head, [[name, *cells] for name, cells in by_feature.items()]),
    ]
    return "\n\n".join(parts)


def _weak(record: Repeatability) -> str:
    """Name the features that do not repeat well, and those in doubt."""
    poor = _listed(record, lambda icc: icc.value < GOOD)
    unsure = _listed(record, lambda icc: icc.low < GOOD <= icc.value)
    return (
        f"Features that do not repeat well (ICC below {GOOD}, Koo and Li 2016): {poor}. "
        f"Features in doubt (the interval reaches below {GOOD}): {unsure}."
    )


def _listed(record: Repeatability, holds: Callable[[Interval], bool]) -> str:
    names = [
        f"`{name}` {kind}"
        for kind, measures in record.kinds.items()
        for name, repeats in measures.items()
        if repeats.icc and holds(repeats.icc)
    ]
    return ", ".join(names) or "none"
