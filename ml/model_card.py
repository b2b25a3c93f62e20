"""docs/model-card.md: Mitchell et al., "Model Cards for Model Reporting", FAT* 2019."""

from ml.card import Card, Report
from ml.markdown import interval, table
from ml.record import Record
from ml.subgroups import Subgroup

USE = """## Intended use

Research, teaching, and a first sorting of photos that a clinician reads afterwards. A person may
see the result beside the advice to see a dermatologist.

Not for: a diagnosis, deciding that a spot needs no examination, photos of anything but one skin
spot, nails or mucous membranes, or commercial use (see the licence of the data)."""
ETHICS = """## Ethical considerations

A missed melanoma can cost a life, so the threshold favours sensitivity and no result says that all
is well. The photos show bodies: they stay on the operator's machine. Who is rare in the data is
served worse, and for darker skin nobody can say how much."""
FIGURES = {
    "auroc": "AUROC",
    "average_precision": "average precision",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "ece": "ECE",
}
# An operator is to look at these before trusting the model with people like them.
WEAKEST = 5


def text(card: Card, records: list[Record], subgroups: list[Subgroup]) -> str:
    """Return the model card as Markdown; every figure is from the files that were read."""
    parts = [
        f"# Model card: {card.version}",
        "Written by `python -m ml results` from the model's own card and the records of its runs.",
        _details(card),
        USE,
        _data(card),
        "## Metrics\n\nWith 95 % bootstrap intervals; refused photos are in no metric.",
        _metrics(card.reports),
        _protocols(records),
        _factors(subgroups),
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in card.limits),
        ETHICS,
    ]
    return "\n\n".join(parts) + "\n"


def _details(card: Card) -> str:
    low, high = card.margin
    return (
        f"## Model details\n\n{card.architecture}, {card.created}. In: one photo, brought to "
        f"{card.width} × {card.height} px under neutral light. Out: the calibrated probability of "
        f"melanoma (Platt scaling on the valid split), and `elevated` from {card.threshold:.3f} "
        "on, which the valid split chose for a sensitivity of at least 0.90. Between "
        f"{low:.3f} and {high:.3f} the tier is called uncertain: that is the threshold's 95 % "
        "bootstrap interval. It can also say where in the photo it found its evidence (Grad-CAM), "
        "which is no proof; how faithful that is stands in [results.md](results.md)."
    )


def _data(card: Card) -> str:
    counts = ", ".join(f"{count} {split}" for split, count in card.data.images.items())
    return (
        f"## Data\n\n{card.data.name} ({card.data.citation}), split by lesion: {counts}. Licence: "
        f"{card.data.licence}, which holds for the model too: not for commercial use. Other sets "
        "below were measured and never trained or tuned on."
    )


def _metrics(reports: dict[str, Report]) -> str:
    rows = [
        [
            name,
            f"{report.images} ({report.melanomas})",
            f"{sum(report.refused.values())} ({report.refused_melanomas})",
            *(interval(report.metrics[figure]) for figure in FIGURES),
        ]
        for name, report in reports.items()
    ]
    return table(["set", "images (melanomas)", "refused (melanomas)", *FIGURES.values()], rows)


def _protocols(records: list[Record]) -> str:
    rows = [
        [r.title, r.protocol, interval(r.metrics["auroc"]), interval(r.metrics["accuracy"])]
        for r in sorted(records, key=lambda record: (record.title, record.protocol))
    ]
    return (
        "## Both protocols side by side\n\nUnder the original's protocol copies of one lesion "
        "stand on both sides of the split; by lesion they do not. More in [results.md](results.md)."
        "\n\n" + table(["network", "protocol", "AUROC", "accuracy"], rows)
    )


def _factors(subgroups: list[Subgroup]) -> str:
    known = [subgroup for subgroup in subgroups if subgroup.auroc]
    weakest = sorted(known, key=lambda s: s.auroc.value if s.auroc else 1)[:WEAKEST]
    rows = [[s.dataset, s.factor, s.value, interval(s.auroc)] for s in weakest if s.auroc]
    return (
        "## Factors\n\nThe subgroups with the lowest AUROC; all of them are in "
        "[results.md](results.md). Skin type is recorded in none of the sets.\n\n"
        + table(["set", "by", "", "AUROC"], rows)
    )
