import numpy as np
import pytest

from ml.errors import OperatorError
from ml.export import similar_index
from ml.labels import DIAGNOSES
from ml.serving import similar_lesions
from ml.serving.classifier import Classifier
from ml.serving.similar_lesions import nearest
from tests.pictures import dermoscopy_like


@pytest.fixture(scope="module")
def classifier(model_folder):
    return Classifier.load(model_folder)


@pytest.fixture
def folder(classifier, data, tmp_path):
    similar_index.write(classifier, data, tmp_path)
    return tmp_path


def test_each_training_lesion_is_indexed_once_with_a_thumbnail(folder, data):
    index = similar_lesions.read(folder)
    rows = [data.image_ids.index(image_id) for image_id in index.image_ids]
    assert sorted(data.lesion_ids[rows]) == sorted({*data.lesion_ids[data.rows("train")]})
    assert index.diagnoses.tolist() == [DIAGNOSES[data.diagnoses[row]] for row in rows]
    thumbnails = {path.stem for path in (folder / similar_lesions.THUMBNAILS).iterdir()}
    assert thumbnails == {*index.image_ids}


def test_a_lesion_of_the_index_is_nearest_to_itself(folder, classifier, data):
    row = similar_index.lesions(data)[3]
    (embedding,) = similar_index.embed(classifier, data, [row])
    lesions = nearest(embedding, folder, 4, version="tiny-7")
    assert lesions[0].distance == pytest.approx(0, abs=1e-3)
    # A barely trained network gives other lesions the same embedding.
    assert data.image_ids[row] in {lesion.image_id for lesion in lesions if lesion.distance < 1e-3}
    assert [lesion.distance for lesion in lesions] == sorted(lesion.distance for lesion in lesions)
    assert len(lesions) == 4


def test_the_nearest_lesions_do_not_depend_on_the_embeddings_length(folder, classifier):
    embedding = classifier.embedding(dermoscopy_like(1))
    shorter, longer = (nearest(scale * embedding, folder, version="tiny-7") for scale in (1, 3))
    assert [lesion.image_id for lesion in shorter] == [lesion.image_id for lesion in longer]


def test_the_index_of_another_model_is_refused(folder):
    with pytest.raises(OperatorError, match=r"belongs to the model tiny-7, not to lite0-5: run"):
        nearest(np.ones(16), folder, version="lite0-5")


def test_the_error_for_a_missing_index_says_how_to_write_it(tmp_path):
    with pytest.raises(OperatorError, match="python -m ml index"):
        nearest(np.ones(16), tmp_path, version="tiny-7")


def test_a_new_index_replaces_the_old_one(folder, classifier, data):
    before = similar_lesions.read(folder)
    similar_index.write(classifier, data._replace(splits=data.splits[::-1]), folder)
    assert {*similar_lesions.read(folder).image_ids} != {*before.image_ids}


def test_agreement_is_compared_with_chance(folder, classifier, data):
    agreements = similar_index.agree(classifier, data, folder, ("valid", "test"))
    assert [(a.split, a.photos, a.count) for a in agreements] == [
        ("valid", "melanomas", 2), ("valid", "others", 12),
        ("test", "melanomas", 2), ("test", "others", 12),
    ]  # fmt: skip
    assert [a.by_chance for a in agreements] == pytest.approx([1 / 7, 6 / 7] * 2, abs=1e-3)
