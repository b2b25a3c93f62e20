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
    "These figures are for the `{split}` split of the model's training sources.{fitted} `flagged` "
    "means urgent or soon; a refused photo is not flagged. “Cancer” includes actinic keratosis, "
    f"which can become cancer. Figures and subgroups with fewer than {FEWEST} photos are left out. "
    "A photo of unknown age is in no subgroup by age, and likewise for other facts. Skin type is "
    "known only for PAD-UFES-20’s biopsied photos and for some palms and soles. All splits "
    "together have 51 photos of types IV to VI. Sources and subgroups are correlated: a difference "
    "may be due to the clinic."
)
FITTED = " Thresholds and calibration were set on this split, so the figures are slightly too good."
SELECTIVE = (
    "Here a clinician, not the model, decides about the photos nearest to the limit between "
    "`watch` and a visit. `answered` is the share of the readable photos that the model answers. "
    "The other figures count only these photos."
)
BENEFIT = (
    "Net benefit (Vickers and Elkin, 2006) is the number of cancers found minus the cost of "
    "unnecessary visits, per 100 photos. It is 0 if nobody goes to a doctor. `wanted` is the "
    "probability of cancer from which a person wants to see a doctor, and sets an unnecessary "
    "visit's cost: at 1 %, 99 of them cancel one cancer found. “By the tiers”: people with urgent "
    "or soon go. “By the figure”: people go if their probability of cancer, adjusted to the stated "
    "share of cancers, is at least `wanted`. “Everybody”: everybody goes."
)
NAMED = (
    "The table has the share of photos for which a named diagnosis was right, among photos with an "
    "answer. A photo that is only known to be “benign” does not count for benign diagnoses. "
    "Intervals are Wilson’s, and count groups (lesions or patients), not photos."
)
CONFUSED = (
    "The table counts photos with an answer by true diagnosis (row) and by the diagnosis that the "
    "network named first (column). Bowen’s disease is `akiec` in HAM10000 and `scc` in "
    "PAD-UFES-20. AUROC of cancer ignores confusion between the two."
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
    return table(["photos", "source", "true diagnosis", *DIAGNOSES], rows)


def _balanced(record: Record) -> str:
    """Return a sentence: the share of photos named correctly, averaged over diagnoses."""
    shares: dict[str, list[float]] = {}
    for confusion in record.confused:
        right = confusion.named[confusion.truth] / sum(confusion.named.values())
        shares.setdefault(f"{confusion.source}, {confusion.kind}", []).append(right)
    parts = (
        f"{name} {mean(values):.3f} ({len(values)} diagnoses)" for name, values in shares.items()
    )
    return f"Balanced accuracy by source: {'; '.join(parts)}."


def _counted(share: Share | None) -> str:
    if share is None:
        return "–"
    low, high = share.interval
    counts = f"{share.photos} photos ({share.groups} groups)"
    return f"{share.value:.3f} ({low:.3f}–{high:.3f}) of {counts}"


def _cell(figure: Interval | None) -> str:
    return interval(figure) if figure else "–"
