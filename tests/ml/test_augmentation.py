import numpy as np
import pytest

from ml.augmentation import Ranges, augment
from ml.views import standard_view
from tests.pictures import dermoscopy_like

STILL = Ranges(
    zoom=1, stretch=1, shift=0, brightness=0, contrast=1, saturation=1, tint=1, noise=0,
    compressed=0, blurred=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def batch():
    return np.stack([standard_view(dermoscopy_like(seed)) for seed in range(6)])


def test_pictures_keep_their_shape_and_range(batch):
    changed = augment(batch, (1, 2)).numpy()
    assert changed.shape == batch.shape
    assert changed.dtype == np.float32
    assert changed.min() >= 0
    assert changed.max() <= 255


def test_the_same_seed_gives_the_same_pictures(batch):
    first = augment(batch, (1, 2)).numpy()
    assert (augment(batch, (1, 2)).numpy() == first).all()
    assert (augment(batch, (1, 3)).numpy() != first).any()


def test_each_picture_of_a_batch_is_changed_in_its_own_way(batch):
    same = np.repeat(batch[:1], 2, axis=0)
    first, second = augment(same, (1, 2)).numpy()
    assert np.abs(first - second).mean() > 1


def test_without_ranges_a_picture_is_only_turned(batch):
    changed = augment(batch, (1, 2), STILL).numpy()
    centre = (slice(None), slice(70, 80), slice(95, 105))
    assert changed[centre].mean((1, 2)) == pytest.approx(batch[centre].mean((1, 2)), abs=4)


def test_edges_are_mirrored_and_not_black():
    bright = np.full((4, 150, 200, 3), 200, np.uint8)
    assert augment(bright, (1, 2), STILL._replace(zoom=2, shift=0.5)).numpy().min() > 199


def detail(pictures):
    return np.abs(np.diff(pictures.astype(float), axis=2)).mean()


@pytest.mark.parametrize("change", [{"blurred": 1.0}, {"compressed": 1.0}])
def test_detail_can_be_lost(batch, change):
    noisy = np.random.default_rng(0).integers(0, 256, batch.shape, dtype=np.uint8)
    kept = augment(noisy, (1, 2), STILL).numpy()
    lost = augment(noisy, (1, 2), STILL._replace(**change)).numpy()
    assert detail(lost) < 0.97 * detail(kept)


def test_pictures_are_as_often_made_smaller_as_larger(batch):
    dark = [
        (augment(batch, (seed, 0), STILL._replace(zoom=1.5)).numpy().mean(-1) < 130).mean()
        for seed in range(12)
    ]
    still = (augment(batch, (0, 0), STILL).numpy().mean(-1) < 130).mean()
    assert min(dark) < still < max(dark)
