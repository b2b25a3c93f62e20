"""Writes a card's figures for each kind of photo as Markdown."""

from ml.evaluation.kind_report import LANDINGS
from ml.evaluation.markdown import interval, table
from ml.labels import DIAGNOSES, Kind, Tier
from ml.serving.card import Card, Interval, KindCard, Report, Unlike

NAMES = {
    Kind.DERMOSCOPIC: "Photos through a dermatoscope",
    Kind.CAMERA: "Photos taken with a camera",
}
NOT_TAUGHT = "Not trained on: there are no validated figures, and such a photo gets no tier."
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
        return f"{title}\n\n{NOT_TAUGHT}"
    kind_card = card.kinds[kind]
    parts = [title, _thresholds(kind_card), _taught(kind_card), figures(kind_card.reports)]
    parts += [_strange(kind_card)] if kind_card.strange else []
    parts += [_unlike(kind_card.unlike)] if kind_card.unlike else []
    for name, report in kind_card.reports.items():
        if report.landing:
            parts += [_landing(name, report), _predictive(name, report)]
    return "\n\n".join(parts)


def _thresholds(kind_card: KindCard) -> str:
    return (
        f"The tier is `urgent` if P(mel) + P(scc) is at least {interval(kind_card.urgent)}. "
        "Otherwise it is `soon` if the calibrated probability of cancer is at least "
        f"{interval(kind_card.soon)}, and else `watch`. The first threshold was set for 0.92 of "
        "melanomas, the second for 0.95 of cancers, on the valid split"
        + (
            f" (`{'` and `'.join(kind_card.out_of_fold)}`: on out-of-fold scores)"
            if kind_card.out_of_fold
            else ""
        )
        + ". The tier is called uncertain if the value that decides it is within its threshold's "
        "bootstrap interval (in brackets). The share of cancers in the valid split is "
        f"{kind_card.share:.3f}."
    )


def _taught(kind_card: KindCard) -> str:
    missing = [diagnosis.text for diagnosis in DIAGNOSES if diagnosis not in kind_card.taught]
    taught = ", ".join(diagnosis.text for diagnosis in kind_card.taught)
    return f"Trained on: {taught}. Not trained on: {', '.join(missing) or 'none of the eight'}."


def _strange(kind_card: KindCard) -> str:
    rows = [
        [name.replace("_", " "), interval(shares["refused"]), interval(shares["named"])]
        for name, shares in kind_card.strange.items()
    ]
    return (
        "The shares of pictures without exactly one lesion that are refused, and refused for the "
        "right reason. Except for pictures of other things, they are composed of valid photos.\n\n"
        + table(["picture of", "refused", "reason right"], rows)
    )


def _unlike(unlike: Unlike) -> str:
    rows = [[name, interval(shares["caught"])] for name, shares in unlike.worth.items()]
    served = (
        "A photo at `watch` that is unlike all training photos gets no tier."
        if unlike.is_served
        else "This detects too few such photos to be used here, so they keep their tiers."
    )
    return (
        "“Unlike all training photos” means farther from every diagnosis than 0.98 of valid "
        "photos, in the network’s features (Mahalanobis distance). "
        f"{served} The figures above do not include this. For each row, a diagnosis or source was "
        "left out of the reference; the network was still trained on it. The table has the share "
        "of the left-out valid photos that were called unlike. Of all others, 0.02 were called "
        "unlike.\n\n" + table(["left out", "called unlike"], rows)
    )


def figures(reports: dict[str, Report]) -> str:
    """Return the main figures of each set."""
    rows = [
        [
            *(name, f"{report.images} ({report.melanomas}, {_count(report.cancers)})"),
            f"{sum(report.refused.values())} ({_count(report.refused_cancers)})",
            *(_cell(report.metrics.get(figure)) for figure in FIGURES),
        ]
        for name, report in reports.items()
    ]
    head = ["set", "images (melanomas, cancers)", "refused (cancers)", *FIGURES.values()]
    return table(head, rows)


def _count(number: int | None) -> str:
    return "–" if number is None else str(number)


def _cell(figure: Interval | None) -> str:
    return interval(figure) if figure else "–"


def _landing(name: str, report: Report) -> str:
    rows = [
        [_diagnosis(row), *(interval(cells[landing]) for landing in LANDINGS if landing in cells)]
        for row, cells in report.landing.items()
    ]
    columns = [landing.replace("_", " ") for landing in LANDINGS]
    return f"The tiers of each diagnosis in `{name}`:\n\n" + table(["", *columns], rows)


def _diagnosis(name: str) -> str:
    if name == "cancer":
        return "any cancer"
    return "benign, together" if name == "benign" else name


def _predictive(name: str, report: Report) -> str:
    rows = [
        [
            "that of the set" if share == "set" else f"{float(share):.0%}",
            *(_cell(cells.get(answer)) for answer in PREDICTIVE),
        ]
        for share, cells in report.predictive.items()
    ]
    return (
        "Predictive values: the share of cancers among photos with each tier, by the share of "
        f"cancers among all photos (`{name}`):\n\n"
        + table(["cancers among all", *PREDICTIVE.values()], rows)
    )
