import keras
import numpy as np
import pytest
from keras import layers

from ml.errors import OperatorError
from ml.replication import knn
from ml.replication.knn import MELANOMAS, OTHERS, ZOOMS, Gallery
from ml.replication.run_record import About, measure
from ml.replication.small_pictures import Pictures
from ml.training.training_loop import BEST, SETTINGS

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture
def ignorant(tmp_path):
    """The folder and the record of a network that answers 0.5 to every picture."""
    # With about one in a hundred random backbones, two pictures are too similar.
    keras.utils.set_random_seed(1)
    inputs = keras.Input((12, 16, 3), name="rgb")
    means = layers.GlobalAveragePooling2D()(inputs)
    network = keras.Model(
        inputs, layers.Dense(2, activation="softmax", kernel_initializer="zeros")(means)
    )
    network.save(tmp_path / BEST)
    (tmp_path / SETTINGS).write_text("{}")
    scores = np.array([False, True]), np.array([0.5, 0.5])
    record = measure(About("Tiny", "by lesion", 3, 1), [network], valid=scores, test=scores)
    record.write(tmp_path / "base.json")
    return tmp_path, tmp_path / "base.json"


@pytest.fixture
def seen_before(data):
    """A data set whose `valid` and `test` splits are copies of its `train` split."""
    train = data.take(data.rows("train"))
    ids, *arrays = train
    threefold = [np.concatenate([array] * 3) for array in arrays]
    splits = np.repeat(["train", "valid", "test"], len(ids))
    return data._replace(
        **dict(zip(data._fields, [ids * 3, *threefold], strict=True)) | {"splits": splits}
    )


def test_a_training_picture_is_most_similar_to_itself(data):
    rows = data.rows("train")
    cosines = Gallery(data).likeness(data.pixels[rows]).reshape(-1, len(ZOOMS), MELANOMAS + OTHERS)
    nearest = np.where(data.melanoma[rows], cosines[..., 0].T, cosines[..., MELANOMAS].T)
    assert nearest == pytest.approx(1, abs=1e-4)
    assert (np.diff(cosines[..., :MELANOMAS]) <= 0).all()


def test_training_pictures_are_recognised_by_similarity_alone(seen_before, ignorant, monkeypatch):
    monkeypatch.setattr(knn, "FOLDS", 2)
    record = knn.measure(seen_before, *ignorant)
    assert record.metrics["auroc"].value == 1


def test_mirror_images_are_averaged_if_they_were_when_the_network_was_measured(
    seen_before, ignorant, monkeypatch
):
    monkeypatch.setattr(knn, "FOLDS", 2)
    (ignorant[0] / SETTINGS).write_text('{"mirrored": true}')
    options, scores = [], Pictures.scores
    monkeypatch.setattr(
        Pictures, "scores", lambda *args, **how: options.append(how) or scores(*args, **how)
    )
    knn.measure(seen_before, *ignorant)
    assert options == [{"mirrored": True}] * 2


def test_the_record_describes_the_network_together_with_the_gallery(
    seen_before, ignorant, monkeypatch
):
    monkeypatch.setattr(knn, "FOLDS", 2)
    record, gallery = knn.measure(seen_before, *ignorant), Gallery(seen_before)
    assert record.title == "Tiny, and the most alike training pictures"
    assert (record.protocol, record.epochs, record.seed) == ("by lesion", 3, 1)
    assert record.parameters == 8 + gallery.backbone.count_params()
    assert record.megabytes > gallery.megabytes
    assert record.images == len(seen_before.rows("test"))


def test_an_untrained_network_is_refused_with_the_command_that_trains_it(tmp_path):
    with pytest.raises(OperatorError, match="run `python -m ml compare`"):
        knn.refuse_missing(tmp_path, tmp_path / "base.json")
