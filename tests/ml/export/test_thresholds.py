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
    """Photos of four diagnoses. Each is its own lesion."""
    generator = np.random.default_rng(seed)
    diagnoses = generator.choice([DIAGNOSES.index(d) for d in ("mel", "nv", "bcc", "bkl")], count)
    malignant = np.isin(diagnoses, [DIAGNOSES.index(d) for d in MALIGNANT])
    known = {
        "urgency": generator.uniform(0, 1, count),
        "cancer": generator.uniform(0, 1, count),
        "is_refused": np.zeros(count, bool),
        "diagnoses": diagnoses,
        "malignant": malignant,
        "groups": np.arange(count).astype(str),
    }
    return Graded(**known | fields)


def flagged(some, urgent, soon):
    return ~some.is_refused & ((some.urgency >= urgent) | (some.cancer >= soon))


@pytest.mark.parametrize("share", [0.5, 0.9, 0.92, 0.95, 1.0])
def test_the_highest_threshold_with_the_required_share_is_found(share):
    scores = np.arange(100) / 100
    found = thresholds.highest(scores, share)
    assert (scores >= found).mean() >= share
    assert (scores > found).mean() < share


def test_melanomas_are_urgent_and_cancers_flagged_as_often_as_required():
    some = graded()
    urgent = thresholds.urgent(some, MEL)
    soon = thresholds.soon(some, urgent)
    melanoma = some.diagnoses == DIAGNOSES.index("mel")
    for next_urgent in (urgent, np.nextafter(urgent, 1)):
        reached = (some.urgency[melanoma] >= next_urgent).mean() >= 0.92
        assert reached == (next_urgent == urgent)
    for next_soon in (soon, np.nextafter(soon, 1)):
        reached = flagged(some, urgent, next_soon)[some.malignant].mean() >= 0.95
        assert reached == (next_soon == soon)


def test_a_refused_cancer_counts_as_not_flagged():
    some = graded()
    cancers = np.flatnonzero(some.malignant)
    is_refused = np.zeros(400, bool)
    is_refused[cancers[: len(cancers) // 30]] = True
    some = some._replace(is_refused=is_refused)
    urgent = thresholds.urgent(some, MEL)
    assert flagged(some, urgent, thresholds.soon(some, urgent))[some.malignant].mean() >= 0.95


def test_a_gate_that_refuses_too_many_cancers_is_an_error():
    with pytest.raises(OperatorError, match="The gate refuses so many cancers"):
        thresholds.urgent(graded(is_refused=np.ones(400, bool)), MEL)


def test_a_sample_with_too_many_refusals_only_widens_the_interval():
    some = graded(100, seed=2)
    refused = np.zeros(100, bool)
    refused[np.flatnonzero(some.diagnoses == DIAGNOSES.index("mel"))[:1]] = True
    urgent, _ = thresholds.fit(some._replace(is_refused=refused), some, MEL)
    assert 0 <= urgent.low <= urgent.value


def test_squamous_cell_carcinomas_must_be_urgent_if_valid_has_enough():
    some = graded()
    scc = np.flatnonzero(some.diagnoses == DIAGNOSES.index("bcc"))
    some.diagnoses[scc], some.urgency[scc] = DIAGNOSES.index("scc"), 0.01
    assert thresholds.owed(some.diagnoses[scc[:20]]) == ("mel", "scc")
    assert thresholds.urgent(some, ["mel", "scc"]) == pytest.approx(0.01)
    assert thresholds.owed(some.diagnoses[scc[:19]]) == ("mel",)
    assert thresholds.urgent(some, MEL) > 0.02


def test_each_threshold_is_in_its_interval_which_narrows_with_more_photos():
    widths = []
    for count in (200, 5000):
        found = thresholds.fit(graded(count), graded(count), MEL)
        assert all(one.low <= one.value <= one.high for one in found)
        widths.append([one.high - one.low for one in found])
    assert widths[1][0] < widths[0][0] / 2


def test_the_two_thresholds_may_be_set_on_different_photos():
    first, second = thresholds.fit(graded(seed=1), graded(seed=2), MEL)
    assert first.value == thresholds.urgent(graded(seed=1), MEL)
    assert second.value == thresholds.soon(graded(seed=2), first.value)
