import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from ml.augmentation import drawings
from ml.data import picture_files
from ml.export.gate_heads import MEASURED_THIRD, STEP
from ml.labels import DIAGNOSES, HAM10000_OUTPUTS, Kind, Tier
from ml.preprocessing import images, network_input
from ml.preprocessing.network_input import MIRRORED, SCALES, averaged, standard_view
from ml.preprocessing.views import Views
from ml.serving import odds, tiers
from ml.serving.card import Interval, ModelError, Unlike
from ml.serving.classifier import (  # fmt: skip
    DEFAULT_MODEL,
    KERAS,
    LITERT,
    Classifier,
    Network,
    Refusal,
    Scores,
    scores,
)
from ml.serving.unlikeness import Reference
from tests.ml.cards import KIND, make_card
from tests.pictures import dermoscopy_like

DATA = Path(os.environ.get("SKINSCREEN_DATA", "../shared/data"))


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load(DEFAULT_MODEL)


@pytest.fixture(scope="module")
def keras_model():
    return keras.saving.load_model(DEFAULT_MODEL / KERAS, safe_mode=True)


DERMOSCOPIC, CAMERA = Kind.DERMOSCOPIC, Kind.CAMERA


def shares(**probabilities):
    """Return logits whose softmax has these shares; naevus has the remaining share."""
    complete = {"nv": 1 - sum(probabilities.values())} | probabilities
    return np.log([complete.get(name, 1e-12) for name in DIAGNOSES])


class Fixed:
    """A network that always returns the same scores."""

    def __init__(self, kind_logit=None, lesion=(10.0, 10.0), **probabilities):
        self.scores = Scores(shares(**probabilities), np.array(lesion), kind_logit)

    def score(self, view):
        return self.scores


@pytest.mark.parametrize("seed", range(20))
def test_dermoscopy_like_pictures_are_answered(classifier, seed):
    answer = classifier.classify(dermoscopy_like(seed), DERMOSCOPIC)
    assert answer.refusal is None
    assert 0 < answer.melanoma <= answer.cancer < 1
    assert 0 <= answer.cancers_per_100 <= 100
    assert answer.kind in Kind
    assert sum(answer.probabilities.values()) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(12))
def test_drawings_are_refused(classifier, seed):
    answer = classifier.classify(drawings.draw(10_000 + seed), DERMOSCOPIC)
    assert answer.refusal is not None
    assert (answer.tier, answer.cancers_per_100, answer.is_uncertain) == (None, None, False)


@pytest.mark.parametrize("grey", [0, 60, 128, 200, 255])
def test_empty_pictures_are_refused(classifier, grey):
    assert classifier.classify(
        Image.new("RGB", (800, 600), (grey, grey, grey)), DERMOSCOPIC
    ).refusal


def test_a_blurred_photo_is_refused_as_blurred(classifier):
    blurred = dermoscopy_like(1).filter(ImageFilter.GaussianBlur(20))
    assert classifier.classify(blurred, DERMOSCOPIC).refusal is Refusal.BLURRED


def two_kinds(dermoscopic=KIND, camera=KIND):
    kinds = {DERMOSCOPIC: dermoscopic, CAMERA: camera}
    return make_card(kinds=kinds, kind_limits=(-1.0, 1.0))


def answer(card, network, stated=None):
    return Classifier(network, card).classify(dermoscopy_like(1), stated)


@pytest.mark.parametrize(
    ("probabilities", "tier"),
    [
        ({"mel": 0.401}, Tier.URGENT),
        ({"mel": 0.2, "scc": 0.201}, Tier.URGENT),
        ({"bcc": 0.9}, Tier.SOON),
        ({"akiec": 0.5}, Tier.SOON),
        ({"bkl": 0.99}, Tier.WATCH),
    ],
)
def test_the_tier_follows_the_cards_thresholds(probabilities, tier):
    result = answer(make_card(), Fixed(**probabilities), DERMOSCOPIC)
    assert (result.tier, result.refusal) == (tier, None)
    assert result.probabilities[next(iter(probabilities))] == pytest.approx(
        next(iter(probabilities.values()))
    )


def test_both_probabilities_are_calibrated_for_the_kind_of_photo():
    result = answer(make_card(), Fixed(mel=0.2, bcc=0.3), DERMOSCOPIC)
    assert result.melanoma == pytest.approx(KIND.melanoma.probability(np.log(0.2 / 0.8)))
    assert result.cancer == pytest.approx(KIND.cancer.probability(0.0))
    assert result.cancers_per_100 == tiers.cancers_per_100(KIND, result.cancer)


def test_a_picture_with_a_low_lesion_score_is_refused():
    result = answer(make_card(), Fixed(lesion=(-50, -50), mel=0.9), DERMOSCOPIC)
    assert (result.refusal, result.tier) == (Refusal.NOT_A_LESION, None)
    assert result.melanoma > 0.5


@pytest.mark.parametrize("stated", [None, CAMERA])
def test_a_photo_of_an_unknown_kind_or_a_kind_that_the_card_lacks_gets_no_tier(stated):
    result = answer(make_card(), Fixed(mel=0.9), stated)
    assert (result.tier, result.refusal, result.kind) == (None, None, stated)
    assert (result.cancer, result.melanoma, result.cancers_per_100) == (None, None, None)


@pytest.mark.parametrize("kind_logit", [-5.0, 0.0])
def test_a_photo_stated_as_dermoscopic_gets_no_tier_if_the_network_doubts_it(kind_logit):
    card = make_card(kind_limits=(-1.0, 1.0))
    assert answer(card, Fixed(kind_logit, mel=0.9), DERMOSCOPIC).tier is None
    assert answer(card, Fixed(5.0, mel=0.9), DERMOSCOPIC).tier is Tier.URGENT


@pytest.mark.parametrize(
    ("kind_logit", "expected"), [(5.0, DERMOSCOPIC), (-5.0, CAMERA)]
)  # fmt: skip
def test_without_a_stated_kind_the_networks_kind_is_used(kind_logit, expected):
    assert answer(two_kinds(), Fixed(kind_logit, mel=0.9)).kind is expected


@pytest.mark.parametrize(
    ("kind_logit", "stated"), [(0.0, None), (0.0, CAMERA), (5.0, CAMERA), (-5.0, DERMOSCOPIC)]
)
def test_with_two_possible_kinds_the_more_urgent_answer_counts(kind_logit, stated):
    milder = replace(KIND, urgent=Interval(0.95, 0.95, 0.95))
    for card, expected in ((two_kinds(camera=milder), DERMOSCOPIC), (two_kinds(milder), CAMERA)):
        result = answer(card, Fixed(kind_logit, mel=0.9), stated)
        assert (result.tier, result.kind) == (Tier.URGENT, expected)


def test_each_kind_has_its_own_gate():
    network = Fixed(lesion=(-5.0, 5.0), kind_logit=-5.0, mel=0.9)
    assert answer(two_kinds(), network, CAMERA).tier is Tier.URGENT
    network = Fixed(lesion=(-5.0, 5.0), kind_logit=5.0, mel=0.9)
    assert answer(two_kinds(), network, DERMOSCOPIC).refusal is Refusal.NOT_A_LESION


def test_a_photo_near_a_threshold_is_uncertain():
    assert answer(make_card(), Fixed(mel=0.41), DERMOSCOPIC).is_uncertain
    assert not answer(make_card(), Fixed(mel=0.9), DERMOSCOPIC).is_uncertain


def test_a_dark_photo_is_refused_even_if_the_card_lacks_its_kind():
    dark = dermoscopy_like(1).point(lambda value: value // 6)
    result = Classifier(Fixed(mel=0.9), make_card()).classify(dark, CAMERA)
    assert result.refusal is Refusal.TOO_DARK


KNOWN = {DERMOSCOPIC: Reference(np.eye(2), np.zeros((1, 2)))}
FAR = replace(KIND, unlike=Unlike(4.0, {}, is_served=True))


def classified(features, references=KNOWN, kind_logit=None, stated=DERMOSCOPIC, **probabilities):
    """Return the answer to a photo with these two features. The training photos are at 0."""
    network = Fixed(kind_logit, **probabilities)
    network.scores = network.scores._replace(features=features and np.array(features))
    card = two_kinds(FAR, FAR) if kind_logit is not None else make_card(kinds={DERMOSCOPIC: FAR})
    return Classifier(network, card, references).classify(dermoscopy_like(1), stated)


def test_a_photo_unlike_the_training_photos_has_probabilities_and_no_tier():
    result = classified((3.0, 0.0), bkl=0.99)
    assert (result.tier, result.refusal, result.is_unlike) == (None, None, True)
    assert (result.cancers_per_100, result.kind) == (None, DERMOSCOPIC)
    assert result.cancer is not None


@pytest.mark.parametrize("features", [(1.0, 0.0), None])
def test_a_photo_like_the_training_photos_or_without_features_keeps_its_tier(features):
    result = classified(features, bkl=0.99)
    assert (result.tier, result.is_unlike) == (Tier.WATCH, False)


@pytest.mark.parametrize("probabilities", [{"mel": 0.9}, {"bcc": 0.9}])
def test_urgent_and_soon_stay_however_unlike_the_photo_is(probabilities):
    assert classified((99.0, 0.0), **probabilities).tier in {Tier.URGENT, Tier.SOON}


def test_an_unlike_photo_keeps_its_tier_if_a_possible_kind_has_no_reference():
    assert classified((99.0, 0.0), {}, bkl=0.99).tier is Tier.WATCH
    # The photo may be of either kind, and one of them has no reference.
    assert classified((99.0, 0.0), KNOWN, 0.0, bkl=0.99).tier is Tier.WATCH
    assert classified((99.0, 0.0), dict.fromkeys(Kind, KNOWN[DERMOSCOPIC]), 0.0, bkl=0.99).is_unlike


def assert_close(ours, expected, tolerance):
    assert ours.logits == pytest.approx(expected.logits, abs=tolerance)
    assert ours.lesion == pytest.approx(expected.lesion, abs=tolerance)


def test_if_no_view_is_zoomed_a_mirrored_photo_has_the_same_scores(classifier):
    network = Network(DEFAULT_MODEL / LITERT, MIRRORED, classifier.card.diagnoses)
    view = standard_view(dermoscopy_like(2))
    assert_close(network.score(view[:, ::-1]), network.score(view), 1e-4)


def test_the_scores_for_lesion_and_kind_leave_out_zoomed_views():
    lesion = np.array([[1.0], [3.0], [-50.0], [-50.0]])
    outputs = {"diagnoses": np.zeros((4, 8)), "lesion": lesion, "kind": lesion}
    unzoomed = scores(outputs, DIAGNOSES, SCALES)
    assert (unzoomed.lesion.tolist(), unzoomed.kind) == ([2, 2], 2)
    assert scores(outputs, DIAGNOSES, MIRRORED).kind == -24


def test_a_network_may_have_a_gate_for_each_kind_and_no_output_for_the_kind():
    outputs = {"diagnoses": np.zeros((4, 8)), "lesion": np.tile([1.0, 2.0], (4, 1))}
    result = scores(outputs, DIAGNOSES, SCALES)
    assert (result.lesion.tolist(), result.kind) == ([1, 2], None)


def test_seven_outputs_are_put_into_the_order_of_the_eight_diagnoses():
    logits = np.tile(np.arange(7.0), (4, 1))
    outputs = {"diagnoses": logits, "lesion": np.zeros((4, 1))}
    ordered = scores(outputs, HAM10000_OUTPUTS, SCALES).logits
    assert ordered[DIAGNOSES.index("mel")] == HAM10000_OUTPUTS.index("mel")
    assert odds.softmax(ordered)[DIAGNOSES.index("scc")] == 0


class SeesDarkness:
    """A network that finds evidence in dark places."""

    def evidence(self, view):
        return np.asarray(Image.fromarray(255 - view.mean(-1)).resize((40, 30))) - 100


@pytest.mark.parametrize("size", [(400, 300), (300, 400), (300, 300)])
@pytest.mark.parametrize("across", [0.1, 0.8])
@pytest.mark.parametrize("down", [0.2, 0.9])
def test_a_saliency_map_has_its_photos_orientation(classifier, size, across, down):
    photo = Image.new("RGB", size, "white")
    spot = Image.new("RGB", (30, 30), "black")
    photo.paste(spot, (round(across * size[0]) - 15, round(down * size[1]) - 15))
    saliency_map = Classifier(SeesDarkness(), classifier.card).explain(Views.of(photo))
    rows, columns = saliency_map.shape
    row, column = np.unravel_index(saliency_map.argmax(), saliency_map.shape)
    assert (rows > columns) == (photo.height > photo.width)
    assert ((column + 0.5) / columns, (row + 0.5) / rows) == pytest.approx((across, down), abs=0.06)


def in_black(photo, share):
    """Return a photo, black outside a disc whose diameter is this share of the photo's height."""
    width, height = photo.size
    radius = share * height / 2
    mask = Image.new("L", photo.size)
    box = (width / 2 - radius, height / 2 - radius, width / 2 + radius, height / 2 + radius)
    ImageDraw.Draw(mask).ellipse(box, 255)
    return Image.composite(photo, Image.new("RGB", photo.size), mask)


@pytest.mark.parametrize("share", [0.8, 0.95])
def test_a_disc_gets_the_answer_of_the_picture_inside_it(classifier, share):
    disc = in_black(dermoscopy_like(1), share)
    inside = disc.crop(network_input.frame(disc))
    ours, expected = (classifier.classify(picture, DERMOSCOPIC) for picture in (disc, inside))
    assert ours.tier is expected.tier
    # The cropped rectangle is framed once more, which may cut a pixel off its edge.
    assert ours.cancer == pytest.approx(expected.cancer, abs=0.05)
    assert inside.size[0] == pytest.approx(share * disc.height * 0.8, rel=0.05)


def test_a_saliency_map_is_zero_outside_the_part_that_the_network_sees(classifier):
    disc = in_black(dermoscopy_like(1), 0.7)
    saliency_map = classifier.explain(Views.of(disc))
    left, top, right, bottom = network_input.frame(disc)
    rows, columns = saliency_map.shape
    outside = np.ones(saliency_map.shape, bool)
    outside[
        int(top / disc.height * rows) : -(-bottom * rows // disc.height),
        int(left / disc.width * columns) : -(-right * columns // disc.width),
    ] = False
    assert not saliency_map[outside].any()
    assert saliency_map.max() == 1


def test_a_saliency_map_is_relative_to_its_strongest_place(classifier):
    saliency_map = classifier.explain(Views.of(dermoscopy_like(1)))
    assert saliency_map.dtype == np.float32
    assert (saliency_map.min(), saliency_map.max()) == (0, 1)


def test_the_embedding_is_the_input_of_the_layer_for_diagnoses(classifier, keras_model):
    photo = dermoscopy_like(1)
    outputs = keras_model.predict_on_batch(averaged(standard_view(photo), classifier.card.zooms))
    kernel, bias = keras_model.get_layer("diagnoses").get_weights()
    logits = classifier.embedding(photo) @ kernel + bias
    assert logits == pytest.approx(outputs["diagnoses"].mean(0), abs=1e-2)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match="No model"):
        Classifier.load(tmp_path)


def test_a_card_without_a_served_file_is_refused(classifier, tmp_path):
    replace(classifier.card, files={}).write(tmp_path)
    with pytest.raises(ModelError, match=LITERT):
        Classifier.load(tmp_path)


def test_importing_the_classifier_and_the_decoder_loads_no_tensorflow():
    program = (
        "import sys, ml.serving.classifier, ml.preprocessing.images; "
        "print('tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def real_photos():
    """Return full-size photos, or skip the test if they are not in the data folder."""
    path = DATA / "isic_uda1_originals.zip"
    if not path.exists():
        pytest.skip(f"needs {path}: set SKINSCREEN_DATA to the data folder")
    return [
        images.decode(p.stream)
        for p in picture_files.read_pictures(path, picture_files.list_names(path))
    ]


def assert_same(classifier, keras_model, photos):
    card = classifier.card
    for photo in photos:
        view = standard_view(photo)
        outputs = keras_model.predict_on_batch(averaged(view, classifier.card.zooms))
        reference = scores(outputs, card.diagnoses, card.zooms)
        assert_close(classifier.network.score(view), reference, 1e-2)


def test_the_served_file_agrees_with_keras_on_generated_photos(classifier, keras_model):
    assert_same(classifier, keras_model, map(dermoscopy_like, range(8)))


def test_the_served_file_agrees_with_keras_on_real_photos(classifier, keras_model):
    assert_same(classifier, keras_model, real_photos())


def test_full_size_photos_are_answered(classifier):
    assert [classifier.classify(photo, DERMOSCOPIC).refusal for photo in real_photos()] == [
        None
    ] * 6


def test_nearly_all_photos_of_other_things_are_refused(classifier):
    path = DATA / "not_skin_256.zip"
    if not path.exists():
        pytest.skip(f"needs {path}: set SKINSCREEN_DATA to the data folder")
    names = picture_files.list_names(path)[MEASURED_THIRD::STEP]
    photos = [images.decode(p.stream) for p in picture_files.read_pictures(path, names)]
    refused = [bool(classifier.classify(photo, DERMOSCOPIC).refusal) for photo in photos]
    assert np.mean(refused) > 0.95


def test_the_model_folder_is_small_enough_for_a_repository():
    assert sum(path.stat().st_size for path in DEFAULT_MODEL.iterdir()) < 20 * 1024**2
