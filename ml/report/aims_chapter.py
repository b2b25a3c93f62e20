"""Writes the chapter on the aims in docs/results.md: each aim with the measured figure.

docs/protocol.md lists the aims, too.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ml.evaluation import validate
from ml.evaluation.markdown import interval, table
from ml.evaluation.robustness.robustness import Effect
from ml.labels import Kind
from ml.replication.paired import Paired
from ml.report import robustness_chapter
from ml.serving.card import LITERT, Card, Interval

INTRODUCTION = (
    "[protocol.md](protocol.md) lists the aims, which do not change with the results. An aim is "
    "met if the figure itself is within the limits, whatever its interval. Figures of lesions are "
    "from `test`, unless another split is named. “Cancer” includes actinic keratosis, which can "
    "become cancer. “Flagged” means urgent or soon, and a refused photo is not flagged."
)
DISC = "disc in black"


class Sources(NamedTuple):
    """Where the figures are: the served model's folder and card, and the commands' records."""

    model: Path
    card: Card
    records: Path

    def record(self, name: str) -> dict[str, Any]:
        """Return the served model's record of this name, or an empty dict if there is none."""
        path = self.records / f"{name}.json"
        content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return content if content.get("model") == self.card.version else {}


Figure = Interval | float | None  # None: not measured
Read = Callable[[Sources], Figure]


class Aim(NamedTuple):
    """The limits of a figure (None: no limit), and the function that reads the figure."""

    name: str
    low: float | None
    high: float | None
    read: Read

    @property
    def limits(self) -> str:
        """The limits, as the tables show them."""
        if self.low is None:
            return f"≤ {self.high:g}"
        if self.high is None:
            return f"≥ {self.low:g}".replace("-", "−")
        return f"{self.low:g} to {self.high:g}".replace("-", "−")

    def is_met(self, figure: Interval | float) -> bool:
        value = figure.value if isinstance(figure, Interval) else figure
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def _report(kind: Kind, name: str, metric: str) -> Read:
    def read(sources: Sources) -> Figure:
        report = sources.card.kinds[kind].reports.get(name) if kind in sources.card.kinds else None
        return report.metrics.get(metric) if report else None

    return read


def _dermoscopic(name: str, metric: str) -> Read:
    return _report(Kind.DERMOSCOPIC, name, metric)


def _camera(name: str, metric: str) -> Read:
    return _report(Kind.CAMERA, name, metric)


def _paired(name: str) -> Read:
    def read(sources: Sources) -> Figure:
        path = sources.records / "paired.json"
        pair = Paired.read(path) if sources.record("paired") else None
        return pair.differences[name] if pair and pair.split == "test" else None

    return read


def _left_out(name: str) -> Read:
    """Return a function that reads the AUROC for cancer on a source left out of training.

    The network measured last counts, on the source's `train` and `valid` splits.
    """

    def read(sources: Sources) -> Figure:
        path = sources.records / "validations.jsonl"
        aurocs = [
            attempt.aurocs[name]
            for attempt in (validate.read(path) if path.exists() else [])
            if "train" in attempt.splits and name in attempt.aurocs
        ]
        return aurocs[-1].get("cancer") if aurocs else None

    return read


def _refused(kind: Kind, scene: str) -> Read:
    def read(sources: Sources) -> Figure:
        strange = sources.card.kinds[kind].strange if kind in sources.card.kinds else {}
        return strange[scene]["refused"] if scene in strange else None

    return read


def _recognised(name: str) -> Read:
    return lambda sources: sources.card.kind_sight.get(name, {}).get("right")


def _pen_marks(sources: Sources) -> Figure:
    aurocs = sources.record("shortcuts").get("pen marks")
    return abs(aurocs["painted over"] - aurocs["as they are"]) if aurocs else None


def _effects(sources: Sources) -> list[Effect]:
    return [Effect(**fields) for fields in sources.record("robustness").get("effects", [])]


def _moved_by_discs(sources: Sources) -> Figure:
    shares = (effect.moved for effect in _effects(sources) if effect.change == DISC)
    return max(shares, default=None)


def _beyond(sources: Sources) -> Figure:
    effects = _effects(sources)
    return float(sum(map(robustness_chapter.is_beyond, effects))) if effects else None


def _milliseconds(sources: Sources) -> Figure:
    path = sources.records.parent / "bench.json"
    speed = json.loads(path.read_text()) if path.exists() else {}
    is_ours = speed.get("model", {}).get("version") == sources.card.version
    return float(speed["serving"]["worker"]["core_ms"]) if is_ours else None


def _megabytes(sources: Sources) -> Figure:
    return (sources.model / LITERT).stat().st_size / 1e6


AIMS = (
    Aim("HAM10000: AUROC, cancer", 0.93, None, _dermoscopic("test, ham10000", "cancer_auroc")),
    Aim("HAM10000: AUROC, melanoma", 0.9, None, _dermoscopic("test, ham10000", "melanoma_auroc")),
    Aim(
        "HAM10000: balanced accuracy of seven diagnoses",
        *(0.76, None, _dermoscopic("test, ham10000", "balanced_accuracy")),
    ),
    Aim("HAM10000: AUROC minus that of lite0-6, cancer", -0.01, None, _paired("cancer")),
    Aim("HAM10000: AUROC minus that of lite0-6, melanoma", -0.01, None, _paired("melanoma")),
    Aim("UDA-1: AUROC, melanoma", 0.84, None, _dermoscopic("isic_uda1", "melanoma_auroc")),
    Aim(
        "PAD-UFES-20 left out of training: AUROC, cancer (train and valid)",
        *(0.78, None, _left_out("pad_ufes20, camera")),
    ),
    Aim(
        "Derm7pt left out of training: AUROC, cancer, camera (train and valid)",
        *(0.79, None, _left_out("derm7pt, camera")),
    ),
    Aim(
        "Derm7pt: AUROC, melanoma, dermoscopic",
        *(0.88, None, _dermoscopic("test, derm7pt", "melanoma_auroc")),
    ),
    Aim("Derm7pt: AUROC, melanoma, camera", 0.82, None, _camera("test, derm7pt", "melanoma_auroc")),
    Aim("PAD-UFES-20: AUROC, cancer", 0.94, None, _camera("test, pad_ufes20", "cancer_auroc")),
    Aim(
        "palms and soles: AUROC, melanoma",
        *(0.85, None, _dermoscopic("test, isic_acral", "melanoma_auroc")),
    ),
    Aim("dermoscopic: cancers flagged", 0.93, None, _dermoscopic("test", "cancer_flagged")),
    Aim("PAD-UFES-20: cancers flagged", 0.92, None, _camera("test, pad_ufes20", "cancer_flagged")),
    Aim("dermoscopic: melanomas urgent", 0.9, None, _dermoscopic("test", "melanoma_urgent")),
    Aim("dermoscopic: benign photos flagged", None, 0.3, _dermoscopic("test", "benign_flagged")),
    Aim("camera: benign photos flagged", None, 0.3, _camera("test", "benign_flagged")),
    *(
        Aim(
            f"{kind}: calibration {what}, {name}",
            low,
            high,
            _report(kind, "test", f"{name}_{what}"),
        )
        for kind in Kind
        for name in ("melanoma", "cancer")
        for what, low, high in (("slope", 0.8, 1.25), ("intercept", -0.25, 0.25))
    ),
    Aim("dermoscopic: ECE, melanoma", None, 0.03, _dermoscopic("test", "melanoma_ece")),
    Aim("dermoscopic: ECE, cancer", None, 0.03, _dermoscopic("test", "cancer_ece")),
    *(
        Aim(f"{kind}: refused, {name}", limit, None, _refused(kind, scene))
        for kind in Kind
        for name, scene, limit in (
            ("pictures of other things", "not_skin", 0.99),
            ("skin without a spot (valid)", "no_spot", 0.95),
        )
    ),
    Aim("dermoscopic: refused, lesions", None, 0.02, _dermoscopic("test", "refused")),
    Aim(
        "palms and soles: refused, lesions", None, 0.05, _dermoscopic("test, isic_acral", "refused")
    ),
    Aim("camera: refused, lesions", None, 0.04, _camera("test", "refused")),
    *(
        Aim(f"{name}: kind of photo recognised (valid)", limit, None, _recognised(name))
        for name, limit in (
            ("ham10000, dermoscopic", 0.98),
            ("pad_ufes20, camera", 0.98),
            ("derm7pt, dermoscopic", 0.9),
            ("derm7pt, camera", 0.9),
        )
    ),
    Aim("change of AUROC with pen marks painted over (valid)", None, 0.02, _pen_marks),
    Aim("largest share of tiers moved by a disc in black (valid)", None, 0.05, _moved_by_discs),
    Aim("number of photo changes beyond the limits (valid)", None, 0, _beyond),
    Aim("processor time of an answer, ms", None, 36, _milliseconds),
    Aim("size of the served file, MB", None, 20, _megabytes),
)


def chapter(model: Path, card: Card, records: Path) -> str:
    """Return the chapter in Markdown."""
    sources = Sources(model, card, records)
    results = [(aim, aim.read(sources)) for aim in AIMS]
    rows = [[aim.name, aim.limits, _cell(figure), _verdict(aim, figure)] for aim, figure in results]
    missed = "; ".join(row[0] for row in rows if row[-1] == MISSED)
    counts = {word: sum(row[-1] == word for row in rows) for word in (MET, MISSED, UNKNOWN)}
    return "\n\n".join(
        [
            f"## Aims and results, {card.version}",
            INTRODUCTION,
            table(["figure", "aim", "result", ""], rows),
            f"Of {len(rows)} aims, {counts[MET]} are met, {counts[MISSED]} are missed, and "
            f"{counts[UNKNOWN]} were not measured for this model.",
            f"Missed: {missed or 'none'}.{_attempts(records)}",
        ]
    )


MET, MISSED, UNKNOWN = "met", "**missed**", "not measured"


def _verdict(aim: Aim, figure: Figure) -> str:
    if figure is None:
        return UNKNOWN
    return MET if aim.is_met(figure) else MISSED


def _cell(figure: Figure) -> str:
    if figure is None:
        return "–"
    return interval(figure) if isinstance(figure, Interval) else f"{figure:.3g}".replace("-", "−")


def _attempts(records: Path) -> str:
    path = records / "validations.jsonl"
    if not path.exists():
        return ""
    return f" “What was tried, by source” lists {len(validate.read(path))} measurements."
