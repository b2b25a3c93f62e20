import numpy as np
import pytest

from ml.replication import ablations
from ml.replication.ablations import Ensemble
from ml.replication.run_record import About
from tests.ml.conftest import tiny_network

ABOUT = About("Try", "by lesion", 1, 20)


@pytest.fixture
def networks(tmp_path, tiny):
    paths = [tmp_path / f"{n}.keras" for n in range(2)]
    for path in paths:
        tiny_network().save(path)
    return paths


def test_an_ensemble_counts_the_parameters_of_its_networks_and_the_test_images(data, networks):
    plain = ablations.measure(data, Ensemble.load(networks[:1], "once"), ABOUT, {})
    both = ablations.measure(data, Ensemble.load(networks, "mirrored"), ABOUT, {})
    assert both.parameters == 2 * plain.parameters
    assert both.images == len(data.rows("test"))


def test_mirrored_scores_are_the_same_for_a_mirrored_picture(data, networks):
    ensemble = Ensemble.load(networks[:1], "mirrored")
    pixels = np.asarray(data.pixels[:8])
    mirrored = ensemble.probability(pixels[:, ::-1])
    assert mirrored == pytest.approx(ensemble.probability(pixels), abs=1e-5)


def test_another_clinics_set_is_measured_beside_the_splits(data, networks, ham_folder):
    ensemble = Ensemble.load(networks[:1], "once")
    sets = {"elsewhere": (ham_folder / "part_1", ham_folder / "HAM10000_metadata.csv")}
    auroc = ablations.measure(data, ensemble, ABOUT, sets).elsewhere["elsewhere"]
    # With only five bootstrap samples, as in these tests, the value may lie outside the interval.
    assert 0 <= auroc.low <= auroc.high <= 1
    assert 0 <= auroc.value <= 1
