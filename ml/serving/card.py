"""A model's card: all facts about the model that serving and the result page need.

These are the parts of a model card (Mitchell et al., "Model Cards for Model Reporting", FAT* 2019)
that a program reads.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from ml.labels import Diagnosis, Kind
from ml.preprocessing.network_input import MIRRORED
from ml.serving.gate import GateLimits
from ml.serving.shares import Named, Share

NAME = "card.json"
LITERT, KERAS = "model.tflite", "model.keras"


class ModelError(Exception):
    """The model folder cannot be served; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Source:
    """A data set for training or measuring a model. `images` counts its pictures by split."""

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
    """The `valid` photos with P(cancer) in [low, high), and how many of them are cancer."""

    low: float
    high: float
    images: int
    cancers: int

    @property
    def per_100(self) -> int:
        """Cancers per 100 photos, rounded up and never 0.

        A sample without cancer does not prove that the risk is 0.
        """
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
    """An evaluation on one labelled set. A refused photo is counted as not flagged.

    `landing` has, for each diagnosis (and for "cancer" and "benign"), the shares of its photos that
    got each tier, were refused, or got no answer. `predictive` has the predictive values: the share
    of cancers among the photos with each tier, and among all flagged photos. Each is given for the
    set's own prevalence of cancer ("set") and for other prevalences.
    """

    images: int
    melanomas: int
    cancers: int | None  # None if the labels only name melanoma
    refused: dict[str, int]
    refused_melanomas: int
    refused_cancers: int | None
    metrics: dict[str, Interval]
    landing: dict[str, dict[str, Interval]] = field(default_factory=dict)
    predictive: dict[str, dict[str, Interval]] = field(default_factory=dict)


@dataclass(frozen=True)
class Unlike:
    """A photo at a distance above `limit` is unlike all training photos (see `unlikeness`)."""

    limit: float
    # For each diagnosis or source: the share (`caught`) of its `valid` photos that are called
    # unlike if the diagnosis or source is left out when reference and limit are fitted.
    worth: dict[str, dict[str, Interval]]
    is_served: bool  # False: unlike photos keep their tiers, since too few of them are detected


@dataclass(frozen=True)
class KindCard:
    """The values fitted to the `valid` photos of one kind, and the figures for that kind."""

    melanoma: Calibration
    cancer: Calibration  # for the probability of cancer
    urgent: Interval  # threshold of P(mel) + P(scc), with its confidence interval
    soon: Interval  # threshold of the calibrated probability of cancer
    frequencies: tuple[Bin, ...]  # frequency of cancer by its calibrated probability
    gate: GateLimits
    share: float  # share of cancers in the `valid` split
    taught: tuple[Diagnosis, ...]  # diagnoses with validated figures
    # names of the thresholds that were set on out-of-fold scores, for lack of `valid` photos
    out_of_fold: tuple[str, ...] = ()
    reports: dict[str, Report] = field(default_factory=dict)
    # For pictures that do not show exactly one lesion, by content: the share that is refused, and
    # the share that is refused for the right reason.
    strange: dict[str, dict[str, Interval]] = field(default_factory=dict)
    unlike: Unlike | None = None  # None: not measured
    # On `valid`, by diagnosis: how often the network was right when it named the diagnosis.
    named: dict[Diagnosis, Named] = field(default_factory=dict)
    # On `valid`, by skin type and by age: the share of cancers with the tier urgent or soon.
    flagged: dict[str, dict[str, Share]] = field(default_factory=dict)
    weak_ages: tuple[str, ...] = ()  # ages in `flagged` at which the model misses many cancers


@dataclass(frozen=True)
class Card:
    """The contents of card.json. Photos of a kind that is not in `kinds` get no tier."""

    version: str
    created: str
    architecture: str
    diagnoses: tuple[Diagnosis, ...]  # in the order of the network's outputs
    files: dict[str, str]  # name -> SHA-256
    data: tuple[Source, ...]
    height: int
    width: int
    kinds: dict[Kind, KindCard]
    limits: tuple[str, ...]
    zooms: tuple[float, ...] = MIRRORED  # zooms of the averaged views, see `network_input.averaged`
    # Two limits of the network's output `kind`, a logit: below the first, a photo is from a camera;
    # from the second on, it is dermoscopic; in between, it may be either. None if the network
    # lacks this output, or if there were no `valid` photos of one of the kinds.
    kind_limits: tuple[float, float] | None = None
    # For photos of the `valid` split, by source and kind: the share whose kind is recognised
    # correctly, and the share whose kind stays in doubt.
    kind_sight: dict[str, dict[str, Interval]] = field(default_factory=dict)

    def possible_kinds(self, logit: float | None) -> frozenset[Kind]:
        """Return the kinds that the output `kind` allows; none without the output or its limits."""
        if logit is None or self.kind_limits is None:
            return frozenset()
        low, high = self.kind_limits
        if low <= logit < high:
            return frozenset(Kind)
        return frozenset([Kind.DERMOSCOPIC if logit >= high else Kind.CAMERA])

    def teaches(self, kinds: Iterable[Kind]) -> bool:
        """Return whether at least one kind is given, and all given kinds have validated figures."""
        return bool(required := set(kinds)) and required <= self.kinds.keys()

    def write(self, folder: Path) -> None:
        content = asdict(self)
        for kind, entry in self.kinds.items():
            content["kinds"][kind]["gate"] = entry.gate._asdict()
        (folder / NAME).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
