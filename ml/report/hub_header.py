"""Writes the model card's header for Hugging Face's hub: YAML, whose values are JSON."""

import json
from typing import Any

from ml.labels import Kind
from ml.serving.card import Card, Report

METRICS = {
    "melanoma_auroc": "AUROC of melanoma",
    "cancer_auroc": "AUROC of cancer or actinic keratosis",
    "melanoma_urgent": "share of melanomas called urgent",
    "cancer_flagged": "share of cancers and actinic keratoses called urgent or soon",
    "benign_flagged": "share of benign photos called urgent or soon",
}


# The licence of sources that permit only research and education.
RESEARCH_ONLY = "research and education only"


def is_for_research_alone(card: Card) -> bool:
    """Return whether a source of the model permits only research and education."""
    return any(source.licence == RESEARCH_ONLY for source in card.data)


def header(card: Card) -> str:
    """Return the metadata of a model card, between two lines of dashes."""
    content = {
        "license": "other",
        "license_name": "research-and-education-only"
        if is_for_research_alone(card)
        else "non-commercial",
        "license_link": "LICENSE",
        "library_name": "keras",
        "pipeline_tag": "image-classification",
        "datasets": [source.name for source in card.data],
        "metrics": ["roc_auc", "recall"],
        "model-index": [{"name": card.version, "results": _results(card)}],
    }
    lines = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in content.items())
    return "\n".join(("---", *lines, "---"))


def _results(card: Card) -> list[dict[str, Any]]:
    return [
        _result(kind, name, report)
        for kind, table in card.kinds.items()
        for name, report in table.reports.items()
    ]


def _result(kind: Kind, name: str, report: Report) -> dict[str, Any]:
    return {
        "task": {"type": "image-classification", "name": f"{kind} photos"},
        "dataset": {"name": name, "type": "image"},
        "metrics": [
            {"type": "roc_auc" if "auroc" in key else "recall", "name": text, "value": figure.value}
            for key, text in METRICS.items()
            if (figure := report.metrics.get(key))
        ],
    }
