"""The card of a made-up model, and parts of cards."""

from ml.labels import DIAGNOSES, Kind
from ml.serving.card import Bin, Calibration, Card, Interval, KindCard, Report, Source
from ml.serving.gate import GateLimits

REPORT = Report(
    images=10,
    melanomas=2,
    cancers=3,
    refused={"blurred": 1},
    refused_melanomas=0,
    refused_cancers=0,
    metrics={"cancer_auroc": Interval(0.9, 0.8, 1.0)},
    landing={"mel": {"urgent": Interval(0.5, 0.0, 1.0)}},
    predictive={"0.1": {"flagged": Interval(0.3, 0.2, 0.4)}},
)
KIND = KindCard(
    melanoma=Calibration(1.0, 0.0),
    cancer=Calibration(1.0, 0.5),
    urgent=Interval(0.4, 0.3, 0.5),
    soon=Interval(0.2, 0.1, 0.3),
    frequencies=(Bin(0.0, 0.3, 200, 3), Bin(0.3, 1.0, 50, 20)),
    gate=GateLimits(50, 0.3, 1.5, 0.0),
    share=0.2,
    taught=DIAGNOSES[:7],
    reports={"valid": REPORT},
)


def make_card(**fields):
    """Return the card of a model for dermoscopic photos."""
    defaults = {
        "version": "test-1",
        "created": "2026-01-31",
        "architecture": "tiny",
        "diagnoses": DIAGNOSES,
        "files": {},
        "data": (Source("HAM10000", "CC BY-NC 4.0", "Tschandl 2018", {"train": 8}),),
        "height": 150,
        "width": 200,
        "kinds": {Kind.DERMOSCOPIC: KIND},
        "limits": ("not a medical device",),
    }
    return Card(**defaults | fields)
