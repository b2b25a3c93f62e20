"""The chapter of docs/results.md on what the measures are good for."""

from ml.markdown import interval, table
from ml.measures.benefit import SHOWN, Benefit

TITLE = "## Do the measures help?"
INTRODUCTION = (
    "A logistic regression of what `ml.measures` measures, beside the network and both together, "
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


def chapter(found: Benefit) -> str:
    """Return the chapter as Markdown."""
    counts = ", ".join(f"{count} of `{split}`" for split, count in found.lesions.items())
    rows = [[way, *(interval(f[name]) for name in SHOWN)] for way, f in found.figures.items()]
    ordered = sorted(found.coefficients.items(), key=lambda pair: -abs(pair[1]))
    listed = [[name, f"{value:+.2f}".replace("-", "−")] for name, value in ordered]
    gain = f"Both together add {interval(found.gain)} to the network's AUROC."
    parts = [TITLE, f"{INTRODUCTION} Lesions: {counts}.", table(["", *NAMES], rows), gain]
    return "\n\n".join([*parts, COEFFICIENTS, table(["measure", "coefficient"], listed)])
