"""Writes a card's figures for each kind of photo as Markdown."""

from ml.evaluation.kind_report import RESULTS
from ml.evaluation.markdown import interval, table
from ml.labels import DIAGNOSES, Kind, Tier
from ml.serving.card import Card, Interval, KindCard, Report, Unlike

NAMES = {
    Kind.DERMOSCOPIC: "Photos through a dermatoscope",
    Kind.CAMERA: "Photos taken with a camera",
}
NO_TIERS = "There are no validated figures for these photos, so they get no tier."
STATED_ALONE = (
    "Refusals and tiers were measured with the stated kind of photo alone, except on sets given to "
    "the export with `--external`. A served model also considers the other kind if it detects that "
    "kind or is in doubt. So it refuses fewer photos, and can give a more urgent tier."
)
FIGURES = {
    "melanoma_auroc": "AUROC, melanoma",
    "cancer_auroc": "AUROC, cancer",
    "melanoma_urgent": "melanomas urgent",
    "cancer_flagged": "cancers urgent or soon",
    "benign_flagged": "benign photos flagged",
    "melanoma_ece": "ECE, melanoma",
    "cancer_ece": "ECE, cancer",
}
PREDICTIVE = {**{tier.value: tier.value for tier in Tier}, "flagged": "urgent or soon"}


def chapter(card: Card, kind: Kind) -> str:
    """Return the chapter on one kind of photo."""
    title = f"## {NAMES[kind]}"
    if kind not in card.kinds:
        return f"{title}\n\n{NO_TIERS}"
    kind_card = card.kinds[kind]
    parts = [title, _thresholds(kind_card), _diagnoses(kind_card), figures(kind_card.reports)]
    parts += [_strange(kind_card)] if kind_card.strange else []
    parts += [_unlike(kind_card.unlike)] if kind_card.unlike else []
    for name, report in kind_card.reports.items():
        if report.landing:
            parts += [_results(name, report), _predictive(name, report)]
    return "\n\n".join(parts)


def _thresholds(kind_card: KindCard) -> str:
    return (
        f"The tier is `urgent` if P(mel) + P(scc) is at least {interval(kind_card.urgent)}. "
        "Otherwise it is `soon` if the calibrated probability of cancer is at least "
        f"{interval(kind_card.soon)}, and else `watch`. The thresholds were set on the `valid` "
        "split"
        + (
            f" (for `{'` and `'.join(kind_card.out_of_fold)}`, on `train` and `valid` photos, "
            "scored by networks trained without their source)"
            if kind_card.out_of_fold
            else ""
        )
        + ". At the first, 0.92 of melanomas (and 0.92 of squamous cell carcinomas, if `valid` "
        "has at least 20) are urgent. At the second, 0.95 of cancers are urgent or soon. The tier "
        "is called uncertain if the deciding value is within its threshold's "
        "bootstrap interval (in brackets). The share of cancers among this kind's `valid` photos "
        f"is {kind_card.share:.3f}."
    )


def _diagnoses(kind_card: KindCard) -> str:
    missing = [diagnosis.text for diagnosis in DIAGNOSES if diagnosis not in kind_card.taught]
    validated = ", ".join(diagnosis.text for diagnosis in kind_card.taught)
    return (
        f"These diagnoses have validated figures: {validated}. These have too few `valid` photos "
        f"for such figures: {', '.join(missing) or 'none of the eight'}."
    )


def _strange(kind_card: KindCard) -> str:
    rows = [
        [name.replace("_", " "), interval(shares["refused"]), interval(shares["named"])]
        for name, shares in kind_card.strange.items()
    ]
    return (
        "For pictures that the gate should refuse, the table has the share that it refuses, and "
        "the share that it refuses for the right reason. All of them are composed of `valid` "
        "photos, except those that are not of skin.\n\n"
        + table(["picture of", "refused", "refused for the right reason"], rows)
    )


def _unlike(unlike: Unlike) -> str:
    rows = [[name, interval(shares["caught"])] for name, shares in unlike.worth.items()]
    served = (
        "A photo at `watch` that is unlike all training photos gets no tier."
        if unlike.is_served
        else "Too few such photos are detected here, so they keep their tiers."
    )
    return (
        "A photo is unlike all training photos if its nearest diagnosis is farther (Mahalanobis "
        "distance of the network’s features) than that of 0.98 of `valid` photos. "
        f"{served} The figures above were measured without this rule. For each row, the training "
        "photos of one diagnosis or source were left out when the distance was fitted, but not "
        "when the network was trained. The table has the share of that diagnosis's or source's "
        "`valid` photos that were called unlike. Each row's limit calls 0.02 of all other "
        "`valid` photos unlike.\n\n" + table(["left out", "called unlike"], rows)
    )


def figures(reports: dict[str, Report]) -> str:
    """Return each set's main figures, and how they differ from a served model's figures."""
    rows = [
        [
            *(name, f"{report.images} ({report.melanomas}, {_count(report.cancers)})"),
            f"{sum(report.refused.values())} ({_count(report.refused_cancers)})",
            *(_cell(report.metrics.get(figure)) for figure in FIGURES),
        ]
        for name, report in reports.items()
    ]
    head = ["set", "images (melanomas, cancers)", "refused (cancers)", *FIGURES.values()]
    return f"{STATED_ALONE}\n\n" + table(head, rows)


def _count(number: int | None) -> str:
    return "–" if number is None else str(number)


def _cell(figure: Interval | None) -> str:
    return interval(figure) if figure else "–"


def _results(name: str, report: Report) -> str:
    rows = [
        [_diagnosis(row), *(interval(cells[result]) for result in RESULTS if result in cells)]
        for row, cells in report.landing.items()
    ]
    columns = [result.replace("_", " ") for result in RESULTS]
    return f"Results in `{name}`, as shares of each diagnosis's photos:\n\n" + table(
        ["", *columns], rows
    )


def _diagnosis(name: str) -> str:
    if name == "cancer":
        return "any cancer"
    return "benign, together" if name == "benign" else name


def _predictive(name: str, report: Report) -> str:
    rows = [
        [
            "that of the set" if prevalence == "set" else f"{float(prevalence):.0%}",
            *(_cell(cells.get(answer)) for answer in PREDICTIVE),
        ]
        for prevalence, cells in report.predictive.items()
    ]
    return (
        f"The predictive values in `{name}` are the shares of cancers among the photos with each "
        "tier, by prevalence of cancer:\n\n" + table(["prevalence", *PREDICTIVE.values()], rows)
    )
