import keras
import numpy as np
import pytest

from ml.architectures import efficientnet, litert
from ml.augmentation import drawings
from ml.errors import OperatorError
from ml.export import classifier_export, convert, gate_fit
from ml.labels import DIAGNOSES, Kind
from ml.preprocessing.network_input import SCALES, averaged, neutral_light, standard_view
from ml.serving import card
from ml.serving.classifier import KERAS, Classification, Classifier, scores
from ml.training.heads import Head
from tests.ml.conftest import tiny_network
from tests.ml.datasets import dataset
from tests.pictures import dermoscopy_like


def test_a_trained_run_becomes_a_model_that_serves(model_folder):
    classifier = Classifier.load(model_folder)
    assert classifier.card.version == "tiny-7"
    assert classifier.card.data[0].images == {"train": 28, "valid": 14, "test": 14}
    assert classifier.card.diagnoses == DIAGNOSES
    assert isinstance(classifier.classify(dermoscopy_like(1)), Classification)


def test_the_card_reports_every_set(model_folder):
    reports = card.read(model_folder).kinds[Kind.DERMOSCOPIC].reports
    assert {name: (r.images, r.melanomas) for name, r in reports.items()} == {
        "valid": (14, 2), "test": (14, 2), "elsewhere": (28, 4),
    }  # fmt: skip


def test_the_served_file_of_any_export_agrees_with_keras(model_folder):
    model = keras.saving.load_model(model_folder / KERAS, safe_mode=True)
    view = standard_view(dermoscopy_like(3))
    outputs = model.predict_on_batch(averaged(view, SCALES))
    reference = scores(outputs, DIAGNOSES, SCALES)
    served = Classifier.load(model_folder).network.score(view)
    assert served.logits == pytest.approx(reference.logits, abs=1e-3)
    assert served.lesion == pytest.approx(reference.lesion, abs=1e-3)


def test_an_empty_run_says_to_train_first(data, tmp_path):
    with pytest.raises(OperatorError, match="python -m ml train"):
        classifier_export.export(
            data,
            tmp_path,
            classifier_export.Sets(tmp_path, {}),
            tmp_path / "model",
            read_test=False,
        )


HEAD = Head(np.ones((16, 1)), np.full(1, 0.5))


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("kind", [None, HEAD])
def test_the_published_keras_file_loads_safely_and_is_the_same(tmp_path, kind):
    folded = convert.half_precision(tiny_network())
    model = convert.with_heads(folded, gate_fit.Heads([HEAD, HEAD], kind))
    assert model.output["lesion"].shape[-1] == 2
    assert ("kind" in model.output) == bool(kind)
    litert.write_keras(model, tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    for ours, theirs in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert (ours == theirs).all()


@pytest.mark.usefixtures("tiny")
def test_published_weights_fit_into_sixteen_bits():
    for weights in convert.half_precision(tiny_network()).get_weights():
        assert (weights == weights.astype(np.float16)).all()


@pytest.fixture
def look(tiny):
    return litert.runner(convert.seen_by_heads(convert.half_precision(tiny_network())))


def shown(scale=1.0, count=8):
    """Views of lesions, darkened."""
    views = np.stack([standard_view(dermoscopy_like(seed)) for seed in range(count)])
    return (views * scale).astype(np.uint8)


def logits(head, look, pictures):
    return head.logits(gate_fit.features(look, neutral_light(pictures)))


def test_the_heads_tell_lesions_from_drawings_and_the_kinds_from_each_other(look):
    seen = {Kind.DERMOSCOPIC: shown(), Kind.CAMERA: shown(0.6)}
    others = np.stack([standard_view(drawings.draw(s)) for s in range(8)])
    kinds = np.repeat([*seen], 8)
    data = dataset(np.zeros(16, int), np.concatenate([*seen.values()]), kinds=kinds)
    heads = gate_fit.fit_heads(look, data, others)
    for head, kind in zip(heads.lesion, Kind, strict=True):
        strange = logits(head, look, others).mean()
        assert logits(head, look, seen[kind]).mean() > strange
    dermoscopic, camera = (logits(heads.kind, look, seen[kind]).mean() for kind in Kind)
    assert dermoscopic > camera


def test_with_one_kind_of_photo_alone_kinds_are_not_told_apart(look):
    data = dataset(np.zeros(8, int), shown(), kinds=np.repeat("camera", 8))
    heads = gate_fit.fit_heads(look, data, shown(0.5))
    assert heads.kind is None
    one, other = heads.lesion
    assert (one.weights == other.weights).all()


def test_the_kinds_are_told_apart_on_pictures_of_the_train_split_alone(look):
    pixels = np.concatenate([shown(), shown(0.6)] * 2)
    kinds = np.tile(np.repeat([*Kind], 8), 2)
    splits = np.repeat(["train", "test"], 16)
    known = gate_fit.kind_head(look, dataset(np.zeros(32, int), pixels, kinds=kinds, splits=splits))
    wrong = np.where(splits == "test", kinds[::-1], kinds)
    same = gate_fit.kind_head(look, dataset(np.zeros(32, int), pixels, kinds=wrong, splits=splits))
    assert (known.weights == same.weights).all()


def test_what_is_looked_at_stays_in_the_order_of_the_rows(look):
    pixels = shown(count=5)
    data = dataset(np.zeros(5, int), pixels)
    found = gate_fit.rows_seen(look, data, np.array([3, 1, 2]))
    for row, one in zip((3, 2), found[::2], strict=True):
        assert one == pytest.approx(look(neutral_light(pixels[row : row + 1]))[0], abs=1e-3)


def test_heads_see_earlier_layers_where_a_network_has_them(tiny):
    assert convert.seen_by_heads(tiny_network()).output_shape == (None, 16)


def test_heads_see_four_earlier_layers_of_the_network_that_is_trained():
    network = efficientnet.build(150, 200, folded=True)
    assert convert.seen_by_heads(network).output_shape == (None, 1280 + 2 * (24 + 240 + 80 + 672))


def test_a_model_converted_anew_is_another_version_with_the_same_answers(model_folder, tmp_path):
    card_ = classifier_export.convert_anew(model_folder, tmp_path / "tiny-8")
    again, before = Classifier.load(tmp_path / "tiny-8"), Classifier.load(model_folder)
    assert again.card == card_
    assert (card_.version, card_.kinds) == ("tiny-8", before.card.kinds)
    view = standard_view(dermoscopy_like(3))
    assert (again.network.score(view).logits == before.network.score(view).logits).all()


def test_a_version_is_written_once(model_folder, tmp_path):
    with pytest.raises(OperatorError, match="a version is written once"):
        classifier_export.convert_anew(model_folder, tmp_path)


def test_what_answers_otherwise_once_converted_is_not_kept(model_folder, tmp_path, monkeypatch):
    write = convert.write_served

    def write_another(published, path):
        published.set_weights([weights * 2 for weights in published.get_weights()])
        write(published, path)

    monkeypatch.setattr(convert, "write_served", write_another)
    with pytest.raises(OperatorError, match="answers otherwise"):
        classifier_export.convert_anew(model_folder, tmp_path / "tiny-8")
    assert not [*tmp_path.iterdir()]
