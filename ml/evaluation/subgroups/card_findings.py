"""`python -m ml findings`: writes the results of `subgroups` that pages show, beside the card."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ml.errors import OperatorError
from ml.evaluation.subgroups import namings
from ml.evaluation.subgroups.subgroup_record import Record
from ml.labels import Diagnosis, Kind
from ml.serving import card_files
from ml.serving.card import Card, KindCard
from ml.serving.shares import AGE, SKIN, Named, Share

# The model is weak at an age if less than this share of cancers is flagged.
WEAK = 0.9


def add(folder: Path, record: Record) -> Card:
    """Write a record's results on `valid` beside the model's card; return the completed card.

    The card itself does not change, since installations identify the model by it.

    Raises:
        OperatorError: the record is of another model or split.
        ModelError: the card cannot be read.
    """
    served = card_files.read(folder)
    if (record.model, record.split) != (served.version, "valid"):
        raise OperatorError(
            f"The record is of {record.model} on {record.split}: run `python -m ml subgroups "
            f"--model {folder}` first."
        )
    findings = {kind: _findings(kind, card, record) for kind, card in served.kinds.items()}
    (folder / card_files.FINDINGS).write_text(json.dumps(findings, indent=1) + "\n")
    return card_files.read(folder)


def _findings(kind: Kind, card: KindCard, record: Record) -> dict[str, Any]:
    """Return the fields of a `KindCard` that are measured after the card was written."""
    flagged = {factor: _flagged(kind, factor, record) for factor in (SKIN, AGE)}
    return {
        "named": {name: asdict(counts) for name, counts in _named(kind, card, record).items()},
        "flagged": {
            factor: {band: asdict(share) for band, share in bands.items()}
            for factor, bands in flagged.items()
        },
        "weak_ages": [
            age for age, share in flagged[AGE].items() if share.is_enough and share.value < WEAK
        ],
    }


def _named(kind: Kind, card: KindCard, record: Record) -> dict[Diagnosis, Named]:
    """Return how often each diagnosis was right when it was named.

    Diagnoses without validated figures are left out: `valid` has too few photos of them.
    """
    counted = {
        (naming.diagnosis, naming.place): naming.counted
        for naming in record.named
        if naming.kind == kind
    }
    return {
        name: Named(*(counted.get((name.value, place)) for place in namings.PLACES))
        for name in card.taught
        if any((name.value, place) in counted for place in namings.PLACES)
    }


def _flagged(kind: Kind, factor: str, record: Record) -> dict[str, Share]:
    return {
        subgroup.value: subgroup.flagged
        for subgroup in record.subgroups
        if (subgroup.kind, subgroup.factor) == (kind, factor) and subgroup.flagged
    }
