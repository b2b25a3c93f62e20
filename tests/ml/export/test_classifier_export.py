import json

import keras
import numpy as np
import pytest

from ml.architectures import efficientnet, litert
from ml.data import run_settings
from ml.errors import OperatorError
from ml.export import classifier_export, convert
from ml.export.gate_heads import Heads, RefusedPictures
from ml.export.linear_heads import Head
from ml.labels import DIAGNOSES, Kind
from ml.preprocessing.network_input import SCALES, averaged, standard_view
from ml.serving import card_files
from ml.serving.classifier import KERAS, Classification, Classifier, scores
from ml.training.training_loop import BEST, SETTINGS
from tests.ml.conftest import tiny_network
from tests.pictures import dermoscopy_like


def test_a_trained_run_becomes_a_model_that_serves(model_folder):
    classifier = Classifier.load(model_folder)
    assert classifier.card.version == "tiny-7"
    assert classifier.card.data[0].images == {"train": 28, "valid": 14, "test": 14}
    assert classifier.card.diagnoses == DIAGNOSES
    assert isinstance(classifier.classify(dermoscopy_like(1)), Classification)


def test_the_card_reports_every_set(model_folder):
    reports = card_files.read(model_folder).kinds[Kind.DERMOSCOPIC].reports
    assert {name: (r.images, r.melanomas) for name, r in reports.items()} == {
        "valid": (14, 2), "test": (14, 2), "elsewhere": (28, 4),
    }  # fmt: skip


def test_the_served_file_of_an_export_agrees_with_keras(model_folder):
    model = keras.saving.load_model(model_folder / KERAS, safe_mode=True)
    view = standard_view(dermoscopy_like(3))
    outputs = model.predict_on_batch(averaged(view, SCALES))
    reference = scores(outputs, DIAGNOSES, SCALES)
    served = Classifier.load(model_folder).network.score(view)
    assert served.logits == pytest.approx(reference.logits, abs=1e-3)
    assert served.lesion == pytest.approx(reference.lesion, abs=1e-3)
    assert served.scenes == pytest.approx(reference.scenes, abs=1e-3)


def test_the_error_for_an_empty_run_says_to_train_first(data, tmp_path):
    with pytest.raises(OperatorError, match="python -m ml train"):
        classifier_export.export(
            data,
            tmp_path,
            classifier_export.Sets(RefusedPictures(tmp_path, lambda _: None), {}),
            tmp_path / "model",
            read_test=False,
        )


def test_a_run_that_was_trained_on_other_splits_is_not_exported(data, tmp_path):
    (tmp_path / BEST).touch()
    (tmp_path / SETTINGS).write_text(json.dumps(run_settings.of(data)))
    sets = classifier_export.Sets(RefusedPictures(tmp_path, lambda _: None), {})
    moved = data._replace(splits=np.roll(data.splits, 2))
    with pytest.raises(OperatorError, match="trained on other pictures or splits"):
        classifier_export.export(moved, tmp_path, sets, tmp_path / "model", read_test=False)


HEAD = Head(np.ones((16, 1)), np.full(1, 0.5))
SCENES = Head(np.ones((16, 5)), np.arange(5.0))


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("kind", [None, HEAD])
def test_the_published_keras_file_is_loaded_in_safe_mode_and_unchanged(tmp_path, kind):
    folded = convert.half_precision(tiny_network())
    model = convert.with_heads(folded, Heads([SCENES, SCENES], kind))
    assert model.output["scene"].shape[-1] == 10
    assert ("kind" in model.output) == bool(kind)
    litert.write_keras(model, tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    for ours, stored in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert (ours == stored).all()


@pytest.mark.usefixtures("tiny")
def test_published_weights_fit_into_16_bits():
    for weights in convert.half_precision(tiny_network()).get_weights():
        assert (weights == weights.astype(np.float16)).all()


@pytest.mark.usefixtures("tiny")
def test_heads_use_only_the_features_if_a_network_lacks_the_earlier_layers():
    assert convert.head_inputs(tiny_network()).output_shape == (None, 16)


def test_heads_use_four_earlier_layers_of_the_trained_network():
    network = efficientnet.build(150, 200, folded=True)
    assert convert.head_inputs(network).output_shape == (None, 1280 + 2 * (24 + 240 + 80 + 672))


def test_a_reconverted_model_is_another_version_with_the_same_answers(model_folder, tmp_path):
    card_ = classifier_export.convert_anew(model_folder, tmp_path / "tiny-8")
    again, before = Classifier.load(tmp_path / "tiny-8"), Classifier.load(model_folder)
    assert again.card == card_
    assert (card_.version, card_.kinds) == ("tiny-8", before.card.kinds)
    view = standard_view(dermoscopy_like(3))
    assert (again.network.score(view).logits == before.network.score(view).logits).all()


def test_an_existing_version_is_not_overwritten(model_folder, tmp_path):
    with pytest.raises(OperatorError, match="a version is written only once"):
        classifier_export.convert_anew(model_folder, tmp_path)


def test_a_conversion_that_changes_answers_is_discarded(model_folder, tmp_path, monkeypatch):
    write = convert.write_served

    def write_another(published, path):
        published.set_weights([weights * 2 for weights in published.get_weights()])
        write(published, path)

    monkeypatch.setattr(convert, "write_served", write_another)
    with pytest.raises(OperatorError, match="gives other answers"):
        classifier_export.convert_anew(model_folder, tmp_path / "tiny-8")
    assert not [*tmp_path.iterdir()]
