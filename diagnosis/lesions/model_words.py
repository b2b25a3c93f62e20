"""Texts for a report: what the models' cards say about each model whose result it shows."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from diagnosis.classification import model_cards
from diagnosis.lesions.texts import (
    CARD_MISSING,
    FLAGGED,
    MODEL_FIGURES,
    MODEL_MADE,
    MODEL_SPARED,
    TRIED_ON,
)
from diagnosis.models import Prediction, Screening

if TYPE_CHECKING:
    from ml.serving.card import Card, Report


def of_models(screenings: Sequence[Screening]) -> list[dict[str, Any]]:
    """Return texts about each model whose results are shown."""
    predictions = filter(None, (screening.shown_prediction for screening in screenings))
    versions = dict.fromkeys(prediction.model_version for prediction in predictions)
    return [{"version": version, **_card(model_cards.card_of(version))} for version in versions]


def _card(card: "Card | None") -> dict[str, Any]:
    if card is None:
        return {"about": [CARD_MISSING], "limits": []}
    sources = ", ".join(source.name for source in card.data)
    about = MODEL_MADE.format(architecture=card.architecture, day=card.created, sources=sources)
    figures = [
        _figures(kind, name, report)
        for kind, table in card.kinds.items()
        for name, report in _tried(table.reports).items()
    ]
    return {"about": [about, *figures], "limits": card.limits}


def _tried(reports: "dict[str, Report]") -> "dict[str, Report]":
    """Return the evaluations on `test` and on another clinic (`isic_uda1`).

    Nothing was fitted on these sets. Evaluations on a single source of a split are left out. If the
    card has neither, return the evaluation on `valid`.
    """
    tried = {name: report for name, report in reports.items() if name in TRIED_ON}
    return {name: report for name, report in tried.items() if name != "valid"} or tried


def _figures(kind: str, name: str, report: "Report") -> str:
    """Return the sentence about the share of cancers that a model flagged.

    If the evaluation counts only melanomas, give the share of melanomas. Add the share of benign
    spots that the model did not flag, if known.
    """
    what = "cancer" if "cancer_flagged" in report.metrics else "melanoma"
    flagged, benign = report.metrics[f"{what}_flagged"], report.metrics.get("benign_flagged")
    sentence = MODEL_FIGURES.format(
        images=report.images,
        kind=Prediction.KindChoice(kind).label.lower(),
        name=TRIED_ON[name],
        what=FLAGGED[what],
        **{key: round(100 * value) for key, value in asdict(flagged).items()},
    )
    if benign is None:
        return sentence
    return f"{sentence} {MODEL_SPARED.format(round(100 * (1 - benign.value)))}"
