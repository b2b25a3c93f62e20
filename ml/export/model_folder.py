"""Writes a model folder completely or not at all, with values fitted for each kind of photo."""

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ml.data.cache import Dataset
from ml.data.ground_truth import NOT_MELANOMA
from ml.errors import OperatorError
from ml.evaluation import evaluate, kind_report, scored_photos
from ml.evaluation.score_table import Score
from ml.evaluation.scored_photos import Scored, Scorer
from ml.export import kind_detection, kind_fit
from ml.labels import Kind
from ml.serving.card import KERAS, LITERT, Card, Interval, KindCard, Report
from ml.serving.classifier import Classifier
from ml.serving.unlikeness import FILE

LIMITS = (
    "Not a medical device, and no diagnosis: it can miss melanoma and other cancers.",
    "It knows only the diagnoses that it was taught, and no other disease.",
    "The pictures show mostly light skin; its accuracy on darker skin is not known.",
    "It is less accurate on pictures from clinics that it did not learn from.",
)
NO_TIERS = {
    Kind.DERMOSCOPIC: "Photos through a dermatoscope get no tier: there are no validated figures.",
    Kind.CAMERA: "Photos without a dermatoscope get no tier: there are no validated figures.",
}


@contextmanager
def fresh_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder for a new version. The folder gets its final name only if nothing fails.

    Raises:
        OperatorError: the version exists already.
    """
    if folder.exists():
        raise OperatorError(
            f"{folder} exists, and a version is written only once: give another name."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        fresh = Path(name) / folder.name
        fresh.mkdir()
        yield fresh
        fresh.rename(folder)


class Fitted(NamedTuple):
    """All fitted values and figures, and the score of each photo."""

    kinds: dict[Kind, KindCard]
    kind_limits: tuple[float, float] | None
    kind_sight: dict[str, dict[str, Interval]]
    scores: list[Score]

    def on(self, card: Card) -> Card:
        """Return the card with these results."""
        completed = replace(
            card, kinds=self.kinds, kind_limits=self.kind_limits, kind_sight=self.kind_sight
        )
        return replace(completed, limits=limits(completed))


def fit(
    network: Scorer, data: Dataset, unseen: Mapping[Kind, Scored], *, read_test: bool
) -> Fitted:
    """Return the values fitted to the `valid` split, for each kind of photo in it.

    Args:
        network: the published network.
        data: pictures of all splits.
        unseen: by kind, photos with out-of-fold scores (see `ml.export.out_of_fold`).
        read_test: also measure the test split.

    Raises:
        OperatorError: the gate refuses so many cancers that no threshold finds enough, or no
            kind has enough photos.
    """
    valid = _score(network, data, "valid")
    kinds = {
        kind: kind_fit.fit(kind, of_kind, unseen.get(kind))
        for kind, of_kind in valid.items()
        if _suffices(kind, of_kind, unseen.get(kind))
    }
    if not kinds:
        raise OperatorError("No kind of photo has enough `valid` photos for tiers: give more.")
    scores: list[Score] = []
    for split in ("valid", "test") if read_test else ("valid",):
        scored = valid if split == "valid" else _score(network, data, split)
        for kind, photos in ((kind, scored[kind]) for kind in kinds if kind in scored):
            sets = _sets(split, photos, np.unique(data.sources[data.splits == "train"]))
            kinds[kind] = _with_reports(kinds[kind], sets)
            scores += _scores(split, photos, kinds[kind])
    kind_limits = kind_detection.limits(valid)
    return Fitted(
        kinds, kind_limits, kind_detection.report(valid, kind_limits) if kind_limits else {}, scores
    )


def _suffices(kind: Kind, valid: Scored, unseen: Scored | None) -> bool:
    """Return whether a kind has enough photos to set thresholds. If not, print why."""
    lacking = kind_fit.lacks(valid, unseen)
    if lacking:
        print(f"{kind.capitalize()} photos get no tiers: too few for thresholds ({lacking}).")
    return not lacking


def _score(network: Scorer, data: Dataset, split: str) -> dict[Kind, Scored]:
    rows_by_kind = {kind: rows_of(data, split, kind) for kind in Kind}
    return {
        kind: scored_photos.measure(network, data, rows, kind)
        for kind, rows in rows_by_kind.items()
        if len(rows)
    }


def _sets(split: str, photos: Scored, trained_sources: np.ndarray) -> dict[str, Scored]:
    """Return the sets to report for a split: the whole split, and each source.

    A source that is never used for training represents another clinic, and is reported only under
    its own name.
    """
    own = np.isin(photos.sources, trained_sources)
    parts = {split: own} if own.any() else {}
    own_sources = np.unique(photos.sources[own])
    if len(own_sources) > 1:
        parts |= {f"{split}, {name}": photos.sources == name for name in own_sources}
    parts |= {str(name): photos.sources == name for name in np.unique(photos.sources[~own])}
    return {name: photos.take(np.flatnonzero(part)) for name, part in parts.items()}


def _with_reports(table: KindCard, sets: Mapping[str, Scored]) -> KindCard:
    """Return the kind's card with a report on each set that has melanomas and other lesions."""
    reports = {
        name: kind_report.report(kind_report.of_scores(photos, table))
        for name, photos in sets.items()
        if photos.melanoma.any() and not photos.melanoma.all()
    }
    return replace(table, reports=table.reports | reports)


def _scores(split: str, photos: Scored, table: KindCard) -> list[Score]:
    answers = kind_report.of_scores(photos, table)
    rows = zip(photos.image_ids, photos.sources, photos.melanoma, *answers[:4], strict=True)
    return [
        Score(split, str(image), str(source), bool(is_melanoma), *_score_fields(*columns))
        for image, source, is_melanoma, *columns in rows
    ]


def _score_fields(
    melanoma: float, cancer: float, tier: str, reason: str
) -> tuple[float | None, str, str]:
    return (None, "", reason) if reason else (float(melanoma), str(tier), "")


def with_external(classifier: Classifier, external: dict[str, tuple[Path, Path]]) -> Card:
    """Return the card with reports on external dermoscopic sets, if that kind has tiers."""
    if Kind.DERMOSCOPIC not in classifier.card.kinds:
        return classifier.card
    reports: dict[str, Report] = {
        name: evaluate.evaluate(classifier, pictures, labels, Kind.DERMOSCOPIC)
        for name, (pictures, labels) in external.items()
    }
    table = classifier.card.kinds[Kind.DERMOSCOPIC]
    measured = replace(table, reports=table.reports | reports)
    return replace(classifier.card, kinds=classifier.card.kinds | {Kind.DERMOSCOPIC: measured})


def only(data: Dataset, sources: Collection[str]) -> Dataset:
    """Return the data with the pictures of all other sources removed from the splits.

    Raises:
        OperatorError: no picture remains.
    """
    kept = np.isin(data.sources, [*sources])
    if not kept.any():
        raise OperatorError(f"The cache holds no picture of {' or '.join(sources)}.")
    return data._replace(splits=np.where(kept, data.splits, ""))


def rows_of(data: Dataset, split: str, kind: Kind) -> np.ndarray:
    """Return a split's photos of one kind, except photos that are only known to be no melanoma."""
    is_known = data.diagnoses != NOT_MELANOMA
    return np.flatnonzero((data.splits == split) & (data.kinds == kind) & is_known)


def limits(card: Card) -> tuple[str, ...]:
    """Return the statements about a model's limits."""
    return (*LIMITS, *(text for kind, text in NO_TIERS.items() if kind not in card.kinds))


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the files of a model folder."""
    names = [KERAS, LITERT, *([FILE] if (folder / FILE).exists() else [])]
    return {name: sha256((folder / name).read_bytes()).hexdigest() for name in names}
