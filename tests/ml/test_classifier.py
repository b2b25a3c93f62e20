import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image, ImageFilter

from ml import drawings, images, sources
from ml.card import ModelError
from ml.classifier import (
    DEFAULT_MODEL,
    KERAS,
    LITERT,
    Classifier,
    Network,
    Refusal,
    Scores,
    scores,
)  # fmt: skip
from ml.labels import Tier
from ml.paths import ARTEFACTS
from ml.views import MIRRORED, SCALES, averaged, standard_view
from tests.pictures import dermoscopy_like

DATA = Path(os.environ.get("SKINSCREEN_DATA", "../shared/data"))


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load(DEFAULT_MODEL)


@pytest.fixture(scope="module")
def keras_model():
    return keras.saving.load_model(DEFAULT_MODEL / KERAS, safe_mode=True)


class Fixed:
    """A network that always says the same."""

    def __init__(self, log_odds, lesion=10.0):
        self.scores = Scores(log_odds, lesion)

    def score(self, view):
        return self.scores


@pytest.mark.parametrize("seed", range(20))
def test_dermoscopy_like_pictures_are_answered(classifier, seed):
    answer = classifier.classify(dermoscopy_like(seed))
    assert answer.refusal is None
    assert 0 < answer.probability < 1
    assert 0 <= answer.melanomas_per_100 <= 100


@pytest.mark.parametrize("seed", range(12))
def test_drawings_are_refused(classifier, seed):
    answer = classifier.classify(drawings.draw(10_000 + seed))
    assert answer.refusal is not None
    assert (answer.probability, answer.tier, answer.melanomas_per_100) == (None, None, None)


@pytest.mark.parametrize("grey", [0, 60, 128, 200, 255])
def test_empty_pictures_are_refused(classifier, grey):
    assert classifier.classify(Image.new("RGB", (800, 600), (grey, grey, grey))).refusal


def test_a_blurred_photo_is_told_apart_from_another_thing(classifier):
    blurred = dermoscopy_like(1).filter(ImageFilter.GaussianBlur(20))
    assert classifier.classify(blurred).refusal is Refusal.BLURRED


def test_what_the_network_does_not_know_is_refused(classifier):
    stranger = Classifier(Fixed(0, lesion=-50), classifier.card)
    assert stranger.classify(dermoscopy_like(1)).refusal is Refusal.NOT_A_LESION


def test_the_tier_turns_at_the_threshold(classifier):
    card = classifier.card
    log_odds = 0.0
    probability = float(card.calibration.probability(log_odds))
    network = Fixed(log_odds)
    at = Classifier(network, replace(card, threshold=probability))
    above = Classifier(network, replace(card, threshold=np.nextafter(probability, 1)))
    assert at.classify(dermoscopy_like(1)).tier is Tier.ELEVATED
    assert above.classify(dermoscopy_like(1)).tier is Tier.LOWER


def test_a_mirrored_photo_has_the_same_scores_where_no_view_is_zoomed():
    network = Network(DEFAULT_MODEL / LITERT, MIRRORED)
    view = standard_view(dermoscopy_like(2))
    assert network.score(view[:, ::-1]) == pytest.approx(network.score(view), abs=1e-4)


def test_the_gate_asks_the_whole_views_alone():
    lesion = np.array([[1.0], [3.0], [-50.0], [-50.0]])
    assert scores(np.zeros((4, 7)), lesion, SCALES).lesion == 2
    assert scores(np.zeros((4, 7)), lesion, MIRRORED).lesion == -24


class SeesDarkness:
    """A network that finds its evidence where it is dark."""

    def evidence(self, view):
        return np.asarray(Image.fromarray(255 - view.mean(-1)).resize((40, 30))) - 100


@pytest.mark.parametrize("size", [(400, 300), (300, 400), (300, 300)])
@pytest.mark.parametrize("across", [0.1, 0.8])
@pytest.mark.parametrize("down", [0.2, 0.9])
def test_a_map_lies_like_its_photo(classifier, size, across, down):
    photo = Image.new("RGB", size, "white")
    spot = Image.new("RGB", (30, 30), "black")
    photo.paste(spot, (round(across * size[0]) - 15, round(down * size[1]) - 15))
    found = Classifier(SeesDarkness(), classifier.card).explain(photo)
    rows, columns = found.shape
    row, column = np.unravel_index(found.argmax(), found.shape)
    assert (rows > columns) == (photo.height > photo.width)
    assert ((column + 0.5) / columns, (row + 0.5) / rows) == pytest.approx((across, down), abs=0.06)


def test_a_photo_is_explained_by_shares_of_its_strongest_place(classifier):
    found = classifier.explain(dermoscopy_like(1))
    assert found.dtype == np.float32
    assert (found.min(), found.max()) == (0, 1)


def test_the_heads_see_the_embedding(classifier, keras_model):
    photo = dermoscopy_like(1)
    outputs = keras_model.predict_on_batch(averaged(standard_view(photo), classifier.card.zooms))
    kernel, bias = keras_model.get_layer("diagnoses").get_weights()
    logits = classifier.embedding(photo) @ kernel + bias
    assert logits == pytest.approx(outputs["diagnoses"].mean(0), abs=1e-2)


@pytest.mark.parametrize("explain", [Classifier.explain, Classifier.embedding])
def test_an_older_model_answers_but_does_not_explain(explain):
    older = Classifier.load(ARTEFACTS / "lite0-3")
    assert older.classify(dermoscopy_like(1)).probability
    with pytest.raises(ModelError, match="export it again"):
        explain(older, dermoscopy_like(1))


def test_what_explains_an_answer_does_not_change_it(classifier):
    older = Classifier.load(ARTEFACTS / "lite0-3").network
    for view in (standard_view(dermoscopy_like(seed)) for seed in range(4)):
        assert classifier.network.score(view).log_odds == older.score(view).log_odds


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match="No model"):
        Classifier.load(tmp_path)


def test_a_card_that_names_no_served_file_is_refused(classifier, tmp_path):
    replace(classifier.card, files={}).write(tmp_path)
    with pytest.raises(ModelError, match=LITERT):
        Classifier.load(tmp_path)


def test_the_worker_needs_no_tensorflow():
    program = "import sys, ml.classifier, ml.images; print('tensorflow' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def real_photos():
    """Full-size photos, where the data folder is there."""
    path = DATA / "isic_uda1_originals.zip"
    if not path.exists():
        pytest.skip(f"needs {path}: set SKINSCREEN_DATA to the data folder")
    return [images.decode(p.stream) for p in sources.read_pictures(path, sources.list_names(path))]


def assert_same(classifier, keras_model, photos):
    card = classifier.card
    for photo in photos:
        view = standard_view(photo)
        outputs = keras_model.predict_on_batch(averaged(view, classifier.card.zooms))
        reference = scores(outputs["diagnoses"], outputs["lesion"], card.zooms)
        served = classifier.network.score(view)
        assert card.calibration.probability(served.log_odds) == pytest.approx(
            card.calibration.probability(reference.log_odds), abs=1e-3
        )
        assert served.lesion == pytest.approx(reference.lesion, abs=1e-2)


def test_the_served_file_agrees_with_keras_on_generated_photos(classifier, keras_model):
    assert_same(classifier, keras_model, map(dermoscopy_like, range(8)))


def test_the_served_file_agrees_with_keras_on_real_photos(classifier, keras_model):
    assert_same(classifier, keras_model, real_photos())


def test_full_size_photos_are_answered(classifier):
    assert [classifier.classify(photo).refusal for photo in real_photos()] == [None] * 6


def test_photographs_of_other_things_are_refused(classifier):
    path = DATA / "not_skin_256.zip"
    if not path.exists():
        pytest.skip(f"needs {path}: set SKINSCREEN_DATA to the data folder")
    # The odd half: the gate was fitted with the even one.
    names = sources.list_names(path)[1::10]
    photos = [images.decode(p.stream) for p in sources.read_pictures(path, names)]
    assert all(classifier.classify(photo).refusal for photo in photos)


def test_the_model_folder_is_small_enough_for_a_repository():
    assert sum(path.stat().st_size for path in DEFAULT_MODEL.iterdir()) < 20 * 1024**2
