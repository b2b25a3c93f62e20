"""A model's card: all facts about it that serving and the result page need.

The form follows Mitchell et al., "Model Cards for Model Reporting", FAT* 2019, as far as a program
reads it.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any

import numpy as np

from ml.labels import Diagnosis, Kind
from ml.paths import LINEAGE
from ml.preprocessing.network_input import MIRRORED
from ml.serving.gate import GateLimits
from ml.serving.shares import Named, Share

NAME = "card.json"
# Beside the card: figures that were measured after it was written.
FINDINGS = "findings.json"
# Fields of a `KindCard` that may change later. All others may not, since an installation identifies
# a model by its card.
FOUND_LATER = ("named", "flagged", "weak_ages")
LITERT, KERAS = "model.tflite", "model.keras"


class ModelError(Exception):
    """The model folder cannot be served; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Source:
    """A data set that the model learned from. `images` counts its pictures by split."""

    name: str
    licence: str
    citation: str
    images: dict[str, int]


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: probability = sigmoid(slope x log-odds + intercept)."""

    slope: float
    intercept: float

    def probability(self, log_odds: np.ndarray | float) -> np.ndarray:
        """Return the calibrated probability, 0-1, of log-odds of any shape."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * log_odds + self.intercept))))


@dataclass(frozen=True)
class Bin:
    """Valid photos with a figure in [low, high), and how many were cancer or its forerunner."""

    low: float
    high: float
    images: int
    cancers: int

    @property
    def per_100(self) -> int:
        """Cancers in 100 photos, rounded up and never 0: none in a sample does not exclude any."""
        return max(1, -(-100 * self.cancers // self.images))


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % bootstrap confidence interval."""

    value: float
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value < self.high


@dataclass(frozen=True)
class Report:
    """An evaluation on one labelled set. Refused photos are counted and never flagged.

    `landing` has, for each diagnosis (and for "cancer" and "benign"), the share of its photos that
    got each tier or was refused. `predictive` has the share of flagged and of other photos that are
    cancer, for a stated share of cancers among all photos.
    """

    images: int
    melanomas: int
    cancers: int | None  # None: the labels only name melanoma
    refused: dict[str, int]
    refused_melanomas: int
    refused_cancers: int | None
    metrics: dict[str, Interval]
    landing: dict[str, dict[str, Interval]] = field(default_factory=dict)
    predictive: dict[str, dict[str, Interval]] = field(default_factory=dict)


@dataclass(frozen=True)
class Unlike:
    """The distance from which a photo is unlike anything taught (see `unlikeness`)."""

    limit: float
    # For each left-out diagnosis or source: the share of its photos that is `caught`.
    worth: dict[str, dict[str, Interval]]
    is_served: bool  # False: it catches too few


@dataclass(frozen=True)
class KindCard:
    """What was fitted for one kind of photo on its valid split, and its figures."""

    melanoma: Calibration
    cancer: Calibration  # of cancer or its forerunner
    urgent: Interval  # threshold of P(mel) + P(scc), with its confidence interval
    soon: Interval  # threshold of the calibrated probability of cancer
    frequencies: tuple[Bin, ...]  # by the calibrated probability of cancer
    gate: GateLimits
    share: float  # of cancers and forerunners in the valid split
    taught: tuple[Diagnosis, ...]  # diagnoses with validated figures
    # thresholds from out-of-fold scores, since the valid split has too few photos
    out_of_fold: tuple[str, ...] = ()
    reports: dict[str, Report] = field(default_factory=dict)
    # For pictures that do not show exactly one lesion, by content: shares refused, and refused for
    # the right reason.
    strange: dict[str, dict[str, Interval]] = field(default_factory=dict)
    unlike: Unlike | None = None  # None: not measured
    # On valid, by diagnosis: how often the network was right when it named the diagnosis.
    named: dict[Diagnosis, Named] = field(default_factory=dict)
    # On valid, by skin type and by age: the cancers and forerunners with the tier urgent or soon.
    flagged: dict[str, dict[str, Share]] = field(default_factory=dict)
    weak_ages: tuple[str, ...] = ()  # the ages in `flagged` at which the model misses many


@dataclass(frozen=True)
class Card:
    """The contents of card.json. A kind of photo that is not in `kinds` is not taught."""

    version: str
    created: str
    architecture: str
    diagnoses: tuple[Diagnosis, ...]  # of the network's outputs, in order
    files: dict[str, str]  # name -> SHA-256
    data: tuple[Source, ...]
    height: int
    width: int
    kinds: dict[Kind, KindCard]
    limits: tuple[str, ...]
    zooms: tuple[float, ...] = MIRRORED  # of the averaged views, see `network_input.averaged`
    # For the network's output `kind`, a logit: below the first limit the photo is from a camera,
    # from the second on it is dermoscopic, and in between it may be either. None: the network has
    # no such output.
    kind_limits: tuple[float, float] | None = None
    # By source and kind of valid photos: the shares that are recognised correctly and that stay in
    # doubt.
    kind_sight: dict[str, dict[str, Interval]] = field(default_factory=dict)

    def possible_kinds(self, logit: float | None) -> frozenset[Kind]:
        """Return the kinds that the network's output allows; none if it lacks that output."""
        if logit is None or self.kind_limits is None:
            return frozenset()
        low, high = self.kind_limits
        if low <= logit < high:
            return frozenset(Kind)
        return frozenset([Kind.DERMOSCOPIC if logit >= high else Kind.CAMERA])

    def teaches(self, kinds: Iterable[Kind]) -> bool:
        """Return whether there is a kind in `kinds`, and each has validated figures on the card."""
        return bool(required := set(kinds)) and required <= self.kinds.keys()

    def write(self, folder: Path) -> None:
        content = asdict(self)
        for kind, entry in self.kinds.items():
            content["kinds"][kind]["gate"] = entry.gate._asdict()
        (folder / NAME).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read(folder: Path) -> Card:
    """Return the card of a model folder after checking every file that it names.

    An early card, without kinds of photo, has an empty `kinds`.

    Raises:
        ModelError: the folder, the card or a file is missing, damaged or not ours.
    """
    path = folder / NAME
    if not path.is_file():
        raise ModelError(f"No model in {folder}: there is no {NAME}; restore the folder.")
    try:
        raw = _completed(json.loads(path.read_text()), folder / FINDINGS)
        names = set(raw["diagnoses"])
        parsed = _parse(raw) if names <= {*Diagnosis} and Diagnosis.MEL in names else None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{path} cannot be read ({error!r}): export the model again with `python -m ml export`."
        ) from error
    if parsed is None:
        raise ModelError(f"{path} names other labels than this program: export the model again.")
    check_files(folder, parsed.files)
    return parsed


def _completed(raw: dict[str, Any], findings: Path) -> dict[str, Any]:
    """Return a card completed with later findings: a served model's card is not rewritten.

    Findings about a kind of photo that the card does not teach are left out.
    """
    for kind, fields in (json.loads(findings.read_text()) if findings.is_file() else {}).items():
        later = {name: fields[name] for name in FOUND_LATER if name in fields}
        raw["kinds"].get(Kind(kind), {}).update(later)
    return raw


def of_lineage(version: str) -> Card | None:
    """Return the card of a model that an earlier SkinScreen shipped. Its files are not included."""
    path = {file.stem: file for file in LINEAGE.glob("lite*.json")}.get(version)
    return _parse(json.loads(path.read_text())) if path else None


def read_served(folder: Path) -> Card:
    """Return the card of a model folder that workers can serve.

    Raises:
        ModelError: as `read`, or the folder has no LiteRT file or no tiers.
    """
    card = read(folder)
    if LITERT not in card.files:
        raise ModelError(f"{folder / NAME} names no {LITERT}: export the model again.")
    if not card.kinds:
        raise ModelError(
            f"{folder / NAME} has no tiers for any kind of photo: write a card that has them with "
            f"`python -m ml refit --from {folder} --to FOLDER`."
        )
    return card


def check_files(folder: Path, files: dict[str, str]) -> None:
    """Check the files of a model folder against their SHA-256.

    Raises:
        ModelError: a file is missing or damaged.
    """
    for path, expected in ((folder / name, digest) for name, digest in files.items()):
        if not path.is_file():
            raise ModelError(f"{path} is missing: restore the folder.")
        if _digest(path) != expected:
            raise ModelError(f"{path} is damaged (its SHA-256 is not the card's): restore it.")


def _digest(path: Path) -> str:
    """Return a file's SHA-256, read in pieces: a process keeps the memory that it allocated."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _parse(raw: dict[str, Any]) -> Card:
    sources = raw["data"] if "kinds" in raw else [raw["data"]]
    limits = raw.get("kind_limits")
    return Card(
        version=raw["version"],
        created=raw["created"],
        architecture=raw["architecture"],
        diagnoses=_diagnoses(raw["diagnoses"]),
        files=dict(raw["files"]),
        data=tuple(Source(**source) for source in sources),
        height=raw["height"],
        width=raw["width"],
        kinds={Kind(name): _parse_kind(entry) for name, entry in raw.get("kinds", {}).items()},
        limits=tuple(raw["limits"]),
        zooms=tuple(raw.get("zooms", MIRRORED)),
        kind_limits=(limits[0], limits[1]) if limits else None,
        kind_sight=_tables(raw.get("kind_sight", {})),
    )


def _diagnoses(names: list[str]) -> tuple[Diagnosis, ...]:
    return tuple(Diagnosis(name) for name in names)


def _parse_kind(raw: dict[str, Any]) -> KindCard:
    return KindCard(
        **raw
        | {
            "melanoma": Calibration(**raw["melanoma"]),
            "cancer": Calibration(**raw["cancer"]),
            "urgent": _threshold(raw["urgent"]),
            "soon": _threshold(raw["soon"]),
            "frequencies": tuple(Bin(**entry) for entry in raw["frequencies"]),
            "gate": GateLimits(**raw["gate"]),
            "taught": _diagnoses(raw["taught"]),
            "out_of_fold": tuple(raw["out_of_fold"]),
            "reports": {name: parse_report(entry) for name, entry in raw["reports"].items()},
            "strange": _tables(raw.get("strange", {})),
            "unlike": _unlike(raw.get("unlike")),
            "named": {
                Diagnosis(name): _named(entry) for name, entry in raw.get("named", {}).items()
            },
            "flagged": {
                factor: {value: Share(**share) for value, share in bands.items()}
                for factor, bands in raw.get("flagged", {}).items()
            },
            "weak_ages": tuple(raw.get("weak_ages", ())),
        }
    )


def _named(raw: dict[str, dict[str, int] | None]) -> Named:
    return Named(**{place: Share(**share) if share else None for place, share in raw.items()})


def _unlike(raw: dict[str, Any] | None) -> Unlike | None:
    return Unlike(**raw | {"worth": _tables(raw["worth"])}) if raw else None


def _threshold(raw: dict[str, float]) -> Interval:
    threshold = Interval(**raw)
    if not threshold.low <= threshold.value <= threshold.high:
        raise ValueError(
            f"the threshold {threshold.value} is not in {threshold.low} to {threshold.high}"
        )
    return threshold


def parse_report(raw: dict[str, Any]) -> Report:
    """Return a report from its JSON form."""
    tables = {name: _tables(raw[name]) for name in ("landing", "predictive")}
    return Report(**raw | tables | {"metrics": _intervals(raw["metrics"])})


def _tables(raw: dict[str, Any]) -> dict[str, dict[str, Interval]]:
    return {row: _intervals(cells) for row, cells in raw.items()}


def _intervals(raw: dict[str, dict[str, float]]) -> dict[str, Interval]:
    return {name: Interval(**entry) for name, entry in raw.items()}
