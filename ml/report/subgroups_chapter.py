"""Writes the chapter of docs/results.md on subgroups and decisions, from a record of figures."""

from statistics import mean

from ml.evaluation.markdown import interval, table
from ml.evaluation.subgroups import namings
from ml.evaluation.subgroups.subgroup_figures import FEWEST, Subgroup
from ml.evaluation.subgroups.subgroup_record import Record
from ml.labels import DIAGNOSES
from ml.serving.card import Interval
from ml.serving.shares import Share

INTRODUCTION = (
    "On the `{split}` split, of the sources that the model learned from{fitted}. `flagged` "
    "means urgent or soon; a refused photo is not flagged. “Cancer” includes actinic keratosis, "
    f"which can become cancer. Figures and subgroups with fewer than {FEWEST} photos are left out. "
    "A photo of unknown age is in no subgroup by age, and likewise for other facts. Skin type is "
    "known only for PAD-UFES-20’s biopsied photos and for some palms and soles. All splits "
    "together have 51 photos of types IV to VI. Sources and subgroups are correlated: a difference "
    "may be due to the clinic."
)
FITTED = "; thresholds and calibration were set on this split, so figures are slightly too good"
SELECTIVE = (
    "The figures if a clinician, not the model, decides about the photos nearest to the limit "
    "between watch and a visit. `answered` is the share of the readable photos that get an answer:"
)
BENEFIT = (
    "Net benefit (Vickers and Elkin, 2006): cancers found minus unnecessary visits, per 100 "
    "photos; 0 if nobody goes to a doctor. `wanted` is the probability of cancer from which a "
    "person wants to see a doctor. `wanted` sets the cost of an unnecessary visit: at 1 %, a 99th "
    "of a cancer found. “By the tiers”: people with urgent or soon go. “By the figure”: people go "
    "if their probability of cancer, adjusted to the stated share of cancers, is at least `wanted`."
)
NAMED = (
    "How often a diagnosis was right if the network named it, among photos with an answer. A "
    "photo that is only known to be “benign” does not count for benign diagnoses. Intervals: "
    "Wilson’s, counting lesions or patients."
)
CONFUSED = (
    "Photos by true diagnosis (row) and by the diagnosis that the network named first (column). "
    "Bowen’s disease is `akiec` in HAM10000 and `scc` in PAD-UFES-20. Only this table counts "
    "confusion between `akiec` and `scc`."
)
FIGURES = {
    "melanoma_auroc": "AUROC, melanoma",
    "cancer_auroc": "AUROC, cancer",
    "cancer_flagged": "cancers flagged",
    "benign_flagged": "benign photos flagged",
    "refused": "refused",
}


def chapter(record: Record) -> str:
    """Return the chapter in Markdown."""
    parts = [
        f"## Subgroups and decisions, {record.model}",
        INTRODUCTION.format(split=record.split, fitted=FITTED if record.split == "valid" else ""),
        subgroups(record.subgroups),
        "### Fewer answers",
        SELECTIVE,
        _selective(record),
        "### Net benefit",
        BENEFIT,
        _benefit(record),
        "### Named diagnoses",
        NAMED,
        _named(record),
        "### Confusions",
        CONFUSED,
        _confused(record),
        _balanced(record),
    ]
    return "\n\n".join(parts)


def subgroups(measured: list[Subgroup]) -> str:
    """Return a table with a row for each subgroup."""
    rows = [
        [
            *(subgroup.kind, subgroup.factor, subgroup.value),
            f"{subgroup.images} ({subgroup.melanomas}, {subgroup.cancers})",
            *(_cell(subgroup.figures.get(name)) for name in FIGURES),
        ]
        for subgroup in measured
    ]
    return table(["photos", "by", "", "images (melanomas, cancers)", *FIGURES.values()], rows)


def _selective(record: Record) -> str:
    names = ("cancer_flagged", "benign_flagged")
    rows = [
        [entry.kind, f"{entry.answered:.0%}", *(_cell(entry.figures.get(name)) for name in names)]
        for entry in record.selective
    ]
    return table(["photos", "answered", *(FIGURES[name] for name in names)], rows)


def _benefit(record: Record) -> str:
    rows = [
        [
            *(entry.kind, f"{entry.share:.0%}", f"{entry.wanted:.0%}"),
            *(_cell(entry.figures.get(name)) for name in ("tiers", "figure")),
            f"{entry.everyone:.3f}".replace("-", "−"),
        ]
        for entry in record.benefit
    ]
    head = ["photos", "share of cancers", "wanted", "by the tiers", "by the figure", "everybody"]
    return table(head, rows)


def _named(record: Record) -> str:
    counted = {
        (naming.kind, naming.diagnosis, naming.place): naming.counted for naming in record.named
    }
    rows = [
        [kind, name, *(_counted(counted.get((kind, name, place))) for place in namings.PLACES)]
        for kind, name in dict.fromkeys((kind, name) for kind, name, _ in counted)
    ]
    return table(["photos", "diagnosis", *(f"named {place}" for place in namings.PLACES)], rows)


def _confused(record: Record) -> str:
    rows = [
        [confusion.kind, confusion.source, confusion.truth, *map(str, confusion.named.values())]
        for confusion in record.confused
    ]
    return table(["photos", "source", "is", *DIAGNOSES], rows)


def _balanced(record: Record) -> str:
    """Return a sentence: the share of photos named correctly, averaged over diagnoses."""
    shares: dict[str, list[float]] = {}
    for confusion in record.confused:
        right = confusion.named[confusion.truth] / sum(confusion.named.values())
        shares.setdefault(f"{confusion.source}, {confusion.kind}", []).append(right)
    parts = (f"{name} {mean(values):.3f} (of {len(values)})" for name, values in shares.items())
    return f"Balanced accuracy over the diagnoses of a source: {'; '.join(parts)}."


def _counted(share: Share | None) -> str:
    if share is None:
        return "–"
    low, high = share.interval
    counts = f"{share.photos} photos ({share.groups} groups)"
    return f"{share.value:.3f} ({low:.3f}–{high:.3f}) of {counts}"


def _cell(figure: Interval | None) -> str:
    return interval(figure) if figure else "–"
