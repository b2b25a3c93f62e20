import numpy as np
import pytest

from ml.errors import OperatorError
from ml.evaluation import bootstrap
from ml.export import thresholds
from ml.export.thresholds import Graded
from ml.labels import DIAGNOSES, MALIGNANT, Diagnosis

MEL = (Diagnosis.MEL,)


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 40)


def graded(count=400, seed=0, **fields):
    """Photos of four diagnoses, each of a different lesion."""
    generator = np.random.default_rng(seed)
    diagnoses = generator.choice([DIAGNOSES.index(d) for d in ("mel", "nv", "bcc", "bkl")], count)
    malignant = np.isin(diagnoses, [DIAGNOSES.index(d) for d in MALIGNANT])
    values = {
        "urgency": generator.uniform(0, 1, count),
        "cancer": generator.uniform(0, 1, count),
        "is_refused": np.zeros(count, bool),
        "diagnoses": diagnoses,
        "malignant": malignant,
        "groups": np.arange(count).astype(str),
    }
    return Graded(**values | fields)


def flagged(sample, urgent, soon):
    return ~sample.is_refused & ((sample.urgency >= urgent) | (sample.cancer >= soon))


@pytest.mark.parametrize("share", [0.5, 0.9, 0.92, 0.95, 1.0])
def test_the_highest_threshold_with_the_required_share_is_found(share):
    scores = np.arange(100) / 100
    threshold = thresholds.highest(scores, share)
    assert (scores >= threshold).mean() >= share
    assert (scores > threshold).mean() < share


def test_melanomas_are_urgent_and_cancers_flagged_as_often_as_required():
    sample = graded()
    urgent = thresholds.urgent(sample, MEL)
    soon = thresholds.soon(sample, urgent)
    melanoma = sample.diagnoses == DIAGNOSES.index("mel")
    for next_urgent in (urgent, np.nextafter(urgent, 1)):
        reached = (sample.urgency[melanoma] >= next_urgent).mean() >= 0.92
        assert reached == (next_urgent == urgent)
    for next_soon in (soon, np.nextafter(soon, 1)):
        reached = flagged(sample, urgent, next_soon)[sample.malignant].mean() >= 0.95
        assert reached == (next_soon == soon)


def test_a_refused_cancer_counts_as_not_flagged():
    sample = graded()
    cancers = np.flatnonzero(sample.malignant)
    is_refused = np.zeros(400, bool)
    is_refused[cancers[: len(cancers) // 30]] = True
    sample = sample._replace(is_refused=is_refused)
    urgent = thresholds.urgent(sample, MEL)
    assert flagged(sample, urgent, thresholds.soon(sample, urgent))[sample.malignant].mean() >= 0.95


def test_no_threshold_can_be_set_if_the_gate_refuses_too_many_cancers():
    with pytest.raises(OperatorError, match="The gate refuses so many cancers"):
        thresholds.urgent(graded(is_refused=np.ones(400, bool)), MEL)


def test_a_bootstrap_sample_with_too_many_refusals_only_widens_the_interval():
    sample = graded(100, seed=2)
    refused = np.zeros(100, bool)
    refused[np.flatnonzero(sample.diagnoses == DIAGNOSES.index("mel"))[:1]] = True
    urgent, _ = thresholds.fit(sample._replace(is_refused=refused), sample, MEL)
    assert 0 <= urgent.low <= urgent.value


def test_squamous_cell_carcinomas_must_be_urgent_if_valid_has_enough():
    sample = graded()
    scc = np.flatnonzero(sample.diagnoses == DIAGNOSES.index("bcc"))
    sample.diagnoses[scc], sample.urgency[scc] = DIAGNOSES.index("scc"), 0.01
    assert thresholds.must_be_urgent(sample.diagnoses[scc[:20]]) == ("mel", "scc")
    assert thresholds.urgent(sample, ["mel", "scc"]) == pytest.approx(0.01)
    assert thresholds.must_be_urgent(sample.diagnoses[scc[:19]]) == ("mel",)
    assert thresholds.urgent(sample, MEL) > 0.02


def test_thresholds_are_in_their_intervals_and_more_photos_narrow_that_of_urgent():
    widths = []
    for count in (200, 5000):
        intervals = thresholds.fit(graded(count), graded(count), MEL)
        assert all(interval.low <= interval.value <= interval.high for interval in intervals)
        widths.append([interval.high - interval.low for interval in intervals])
    assert widths[1][0] < widths[0][0] / 2


def test_the_two_thresholds_may_be_set_on_different_photos():
    first, second = thresholds.fit(graded(seed=1), graded(seed=2), MEL)
    assert first.value == thresholds.urgent(graded(seed=1), MEL)
    assert second.value == thresholds.soon(graded(seed=2), first.value)
