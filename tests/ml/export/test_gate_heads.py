from functools import cache

import numpy as np
import pytest

from ml.architectures import litert
from ml.augmentation import drawings
from ml.export import convert, gate_heads
from ml.export.gate_heads import RefusedPictures
from ml.labels import Kind
from ml.preprocessing.network_input import neutral_light, standard_view
from ml.serving.gate import Scene, lesion_odds
from tests.ml.conftest import jpeg, tiny_network, tiny_world
from tests.ml.datasets import dataset
from tests.pictures import dermoscopy_like


@pytest.fixture(scope="module", autouse=True)
def _tiny():
    with tiny_world():
        yield


@pytest.fixture(scope="module")
def embed(_tiny):
    return litert.runner(convert.head_inputs(convert.half_precision(tiny_network())))


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    folder = tmp_path_factory.mktemp("refused")
    for seed in range(9):
        (folder / f"{seed}.jpg").write_bytes(jpeg(drawings.draw(seed)))
    return RefusedPictures(folder, lambda _: middle())


@pytest.fixture(scope="module")
def fitted(embed, refused):
    return gate_heads.fit(embed, both_kinds(), refused)


def middle():
    mask = np.zeros((150, 200), bool)
    mask[50:100, 70:130] = True
    return mask


@cache
def lesions(scale=1.0, count=8):
    """Views of lesions, with their brightness multiplied by `scale`."""
    pictures = np.stack([standard_view(dermoscopy_like(seed)) for seed in range(count)])
    return (pictures * scale).astype(np.uint8)


def both_kinds(**columns):
    """Eight dermoscopic and eight camera photos in each split."""
    pixels = np.concatenate([lesions(), lesions(0.6)] * 3)
    splits = np.repeat(["train", "valid", "test"], 16)
    fields = {"splits": splits, "kinds": np.tile(np.repeat([*Kind], 8), 3)}
    return dataset(np.zeros(48, int), pixels, **fields | columns)


def logits(head, embed, pictures):
    return head.logits(embed(neutral_light(pictures)))


def test_the_heads_separate_lesions_from_drawings_and_dermoscopic_from_camera_photos(embed, fitted):
    others = np.stack([standard_view(drawings.draw(seed)) for seed in range(8)])
    for scale, head in zip((1.0, 0.6), fitted.scenes, strict=True):
        assert head.weights.shape == (16, len(Scene))
        of_lesions, of_drawings = (
            lesion_odds(logits(head, embed, inputs)) for inputs in (lesions(scale), others)
        )
        assert of_lesions.mean() > of_drawings.mean()
    assert (
        logits(fitted.kind, embed, lesions()).mean()
        > logits(fitted.kind, embed, lesions(0.6)).mean()
    )


def test_with_a_single_kind_of_photo_there_is_no_head_for_kinds(embed, refused):
    heads = gate_heads.fit(embed, both_kinds(kinds=np.repeat("camera", 48)), refused)
    assert heads.kind is None
    first, other = heads.scenes
    assert first.weights == pytest.approx(other.weights)


def test_nothing_is_learned_from_the_test_split(embed, refused, fitted):
    data = both_kinds()
    wrong = np.where(data.splits == "test", data.kinds[::-1], data.kinds)
    pixels = np.where((data.splits == "test")[:, None, None, None], 0, data.pixels)
    other = gate_heads.fit(embed, data._replace(kinds=wrong, pixels=pixels), refused)
    assert (fitted.kind.weights == other.kind.weights).all()
    assert (fitted.scenes[0].weights == other.scenes[0].weights).all()


def test_no_scene_is_made_from_a_photo_without_an_outline(embed, refused):
    pictures = gate_heads.made(
        both_kinds(), refused._replace(outline=lambda _: None), Kind.CAMERA, "train", seed=0
    )
    assert not any(pictures.values())


def test_features_keep_the_order_of_the_rows(embed):
    pixels = lesions(count=5)
    features = gate_heads.row_inputs(embed, dataset(np.zeros(5, int), pixels), np.array([3, 1, 2]))
    for row, row_features in zip((3, 2), features[::2], strict=True):
        assert row_features == pytest.approx(
            embed(neutral_light(pixels[row : row + 1]))[0], abs=1e-3
        )
