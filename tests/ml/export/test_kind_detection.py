import numpy as np
import pytest

from ml.evaluation import bootstrap
from ml.export import kind_detection
from ml.labels import Kind
from tests.ml.scoring import make_scored


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 10)


def scored_photos(dermoscopic, camera, spread=1.0):
    """Photos of both kinds. The logits of each kind lie around a given value."""
    generator = np.random.default_rng(0)
    return {
        kind: make_scored(kind=generator.normal(middle, spread, 300))
        for kind, middle in ((Kind.DERMOSCOPIC, dermoscopic), (Kind.CAMERA, camera))
    }


@pytest.mark.parametrize("middles", [(1.0, -1.0), (20.0, -20.0)])
def test_at_most_1_percent_of_a_kind_lies_on_the_other_kinds_side(middles):
    scored = scored_photos(*middles)
    low, high = kind_detection.limits(scored)
    assert low < high
    assert (scored[Kind.DERMOSCOPIC].kind < low).mean() <= 0.01
    assert (scored[Kind.CAMERA].kind >= high).mean() <= 0.01


def test_there_are_no_limits_without_the_kind_output_or_with_a_single_kind():
    assert kind_detection.limits(scored_photos(np.nan, np.nan)) is None
    assert kind_detection.limits({Kind.CAMERA: make_scored()}) is None


def test_each_source_and_kind_is_reported():
    scored = scored_photos(5.0, -5.0)
    scored[Kind.DERMOSCOPIC].sources[:100] = "derm7pt"
    report = kind_detection.report(scored, kind_detection.limits(scored))
    assert set(report) == {
        "derm7pt, dermoscopic", "ham10000, dermoscopic", "ham10000, camera",
    }  # fmt: skip
    for shares in report.values():
        assert shares["right"].value == 1
        assert shares["in_doubt"].value < 1
