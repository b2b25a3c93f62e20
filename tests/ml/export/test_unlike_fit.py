from dataclasses import replace

import numpy as np
import pytest

from ml.evaluation import bootstrap
from ml.export import unlike_fit
from ml.export.unlike_fit import Photos
from ml.labels import DIAGNOSES, Kind
from ml.report import kinds_section
from ml.serving import unlikeness
from tests.ml.cards import KIND, make_card

MEL, NV, VASC = (DIAGNOSES.index(name) for name in ("mel", "nv", "vasc"))


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 20)


def photos(count, seed):
    """Return photos of three diagnoses from two sources. VASC is far from MEL and NV."""
    generator = np.random.default_rng(seed)
    diagnoses = generator.choice([MEL, NV, VASC], count)
    features = generator.normal(0, 1, (count, 8))
    features[diagnoses == NV, 0] += 2
    features[diagnoses == VASC, 1] += 30
    sources = generator.choice(["one", "other"], count)
    return Photos(features, diagnoses, sources, np.arange(count).astype(str))


@pytest.fixture
def fitted():
    return unlike_fit.fit(photos(600, 1), photos(300, 2))


def test_one_in_fifty_photos_of_the_valid_split_is_called_unlike(fitted):
    reference, unlike = fitted
    distances = unlikeness.distance(photos(300, 2).features, reference)
    assert (distances > unlike.limit).mean() == pytest.approx(0.02, abs=0.004)


def test_a_distant_photo_is_unlike_and_a_photo_between_diagnoses_is_not(fitted):
    reference, unlike = fitted
    far, between = np.zeros((2, 8))
    far[5], between[0] = 40, 1
    distances = unlikeness.distance(np.stack([far, between]), reference)
    assert (distances > unlike.limit).tolist() == [True, False]


def test_a_detection_rate_is_the_share_of_a_left_out_diagnosis_or_source_called_unlike(fitted):
    _, unlike = fitted
    assert set(unlike.worth) == {"mel", "nv", "vasc", "one", "other"}
    assert unlike.worth["vasc"]["caught"].value == 1
    assert unlike.worth["mel"]["caught"].value < 0.3
    assert unlike.worth["one"]["caught"].value < 0.1


def test_a_diagnosis_with_few_photos_is_not_left_out():
    valid = photos(300, 2)
    is_kept = valid.diagnoses != VASC
    is_kept[np.flatnonzero(~is_kept)[:9]] = True
    _, unlike = unlike_fit.fit(photos(600, 1), valid.take(np.flatnonzero(is_kept)))
    assert "vasc" not in unlike.worth


@pytest.mark.parametrize(
    ("is_served", "text"), [(True, "gets no tier"), (False, "keep their tiers")]
)
def test_the_card_shows_the_detection_rates(fitted, is_served, text):
    _, unlike = fitted
    table = replace(KIND, unlike=replace(unlike, is_served=is_served))
    chapter = kinds_section.chapter(make_card(kinds={Kind.CAMERA: table}), Kind.CAMERA)
    assert text in chapter
    assert "| vasc | 1.000 (1.000–1.000) |" in chapter
