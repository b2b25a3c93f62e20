import json

import keras
import numpy as np
import pytest

from ml.explanations import saliency_maps, sanity_checks
from ml.explanations.faithfulness import Course
from ml.explanations.map_comparison import Photos, draw
from ml.explanations.map_record import Explanations
from ml.labels import DIAGNOSES, MELANOMA_INDEX
from ml.paths import DEFAULT_MODEL, LINEAGE, RECORDS
from ml.preprocessing.network_input import standard_view
from ml.serving.card import KERAS
from ml.serving.classifier import Classifier, Scores
from ml.serving.saliency import COLUMNS, ROWS
from tests.pictures import dermoscopy_like

LEFT = np.s_[:, :20]


def left_half():
    """Return a map that highlights the left half."""
    values = np.zeros((ROWS, COLUMNS))
    values[LEFT] = 1
    return values


class SeesTheLeft:
    """A network whose answer depends on how dark the left half is."""

    def score(self, view):
        logits = np.zeros(len(DIAGNOSES))
        logits[MELANOMA_INDEX] = -view[:, :100].mean()
        return Scores(logits, np.full(2, 10.0), None)


@pytest.fixture(scope="module")
def served():
    return Classifier.load(DEFAULT_MODEL), keras.saving.load_model(DEFAULT_MODEL / KERAS)


def photos(count):
    return [standard_view(dermoscopy_like(seed, (400, 300))) for seed in range(count)]


def test_a_faithful_map_has_a_smaller_area_for_deletion_and_a_larger_area_for_insertion():
    view = photos(1)[0].copy()
    view[:, :100] //= 2
    course = Course(SeesTheLeft(), view)
    faithful, opposite = course.follow(left_half()), course.follow(-left_half())
    assert faithful.deletion < opposite.deletion
    assert faithful.insertion > opposite.insertion


def test_occlusion_finds_the_decisive_half():
    view = photos(1)[0].copy()
    view[:, :100] //= 2
    evidence = saliency_maps.occlusion(SeesTheLeft())(view)
    assert evidence[LEFT].mean() > evidence[:, 20:].mean()


@pytest.mark.parametrize("layers", ["head", "all"])
def test_different_weights_give_a_different_map(served, layers):
    classifier, model = served
    names = sanity_checks.HEAD if layers == "head" else [layer.name for layer in model.layers]
    correlations = []
    for seed in range(3):
        other = sanity_checks.drawn_by(
            sanity_checks.shuffled(model, names, seed), classifier.card.zooms
        )
        correlations += [
            sanity_checks.correlate(classifier.network.evidence(v), other(v)) for v in photos(3)
        ]
    assert np.mean(correlations, axis=0) == pytest.approx([0, 0], abs=0.5)


def test_the_same_weights_give_the_same_map(served):
    classifier, model = served
    drawn = sanity_checks.drawn_by(sanity_checks.shuffled(model, (), 0), classifier.card.zooms)
    for view in photos(2):
        correlation = sanity_checks.correlate(classifier.network.evidence(view), drawn(view))
        assert correlation == pytest.approx((1, 1), abs=1e-3)


def test_the_correlation_is_0_for_a_constant_map_and_minus_1_for_the_opposite_map():
    assert sanity_checks.correlate(left_half(), np.ones((ROWS, COLUMNS))) == (0, 0)
    assert sanity_checks.correlate(left_half(), -left_half()) == pytest.approx((-1, -1))


def test_half_of_the_chosen_photos_are_melanomas(data):
    rows = draw(data, 4, seed=1)
    assert data.melanoma[rows].tolist().count(True) == 2
    assert set(data.splits[rows]) == {"valid"}


def test_the_share_of_positive_evidence_inside_the_lesion_is_computed(data):
    outlines = np.zeros((len(data.image_ids), ROWS, COLUMNS))
    outlines[:, :, :10] = 1
    three_photos = Photos(data, data.rows("test")[:3], outlines)
    shares = three_photos.inside([np.ones((ROWS, COLUMNS)), left_half(), -left_half()])
    assert shares == pytest.approx([0.25, 0.5, 0])


def test_the_committed_record_is_of_the_served_network_and_passes_the_sanity_check(served):
    record = Explanations.read(RECORDS / "explanations.json")
    # A newly fitted card gives the same network a new version. The record may name an older version
    # with the same model files.
    measured = LINEAGE / f"{record.version}.json"
    if record.version != served[0].card.version:
        assert json.loads(measured.read_text())["files"] == served[0].card.files
    assert all(max(r.pearson.high, r.spearman.high) < 0.5 for r in record.randomised)
