"""Turns the JSON of a card into a `Card`. Cards of earlier releases lack some of the fields."""

from typing import Any

from ml.labels import Diagnosis, Kind
from ml.preprocessing.network_input import MIRRORED
from ml.serving.card import Bin, Calibration, Card, Interval, KindCard, Report, Source, Unlike
from ml.serving.gate import GateLimits
from ml.serving.shares import Named, Share


def parse(raw: dict[str, Any]) -> Card:
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
