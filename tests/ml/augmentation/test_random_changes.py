import keras
import numpy as np
import pytest

from ml.augmentation.random_changes import ORIGINAL, SERVED, STILL, Augmentation, augment, mixup
from ml.preprocessing.network_input import standard_view
from tests.pictures import dermoscopy_like

# The means of augmented pictures when an earlier served model was trained.
GOLDEN_MEANS = [142.961, 143.601, 191.670, 159.998, 160.081, 200.913]


@pytest.fixture(scope="module")
def batch():
    return np.stack([standard_view(dermoscopy_like(seed)) for seed in range(6)])


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).integers(0, 256, (6, 48, 64, 3), dtype=np.uint8)


def only(**ranges):
    return STILL._replace(**ranges)


@pytest.mark.parametrize("ranges", [SERVED, ORIGINAL])
def test_pictures_keep_their_shape_and_range(batch, ranges):
    changed = augment(batch, (1, 2), ranges).numpy()
    assert changed.shape == batch.shape
    assert changed.dtype == np.float32
    assert changed.min() >= 0
    assert changed.max() <= 255


def test_the_same_seed_gives_the_same_pictures(batch):
    first = augment(batch, (1, 2)).numpy()
    assert (augment(batch, (1, 2)).numpy() == first).all()
    assert (augment(batch, (1, 3)).numpy() != first).any()


def test_augmentation_has_not_changed_since_an_earlier_served_model(batch):
    changed = augment(batch, (1, 2)).numpy()
    assert changed.mean((1, 2, 3)) == pytest.approx(GOLDEN_MEANS, abs=0.01)


def test_each_picture_of_a_batch_is_changed_differently(batch):
    same = np.repeat(batch[:1], 2, axis=0)
    first, second = augment(same, (1, 2)).numpy()
    assert np.abs(first - second).mean() > 1


def test_without_ranges_nothing_changes(noise):
    assert (augment(noise, (1, 2), STILL).numpy() == noise).all()


def test_a_rotation_is_in_degrees(noise):
    turned = augment(noise, (1, 2), only(rotation=(180.0, 180.0))).numpy()
    assert turned == pytest.approx(noise[:, ::-1, ::-1].astype(float), abs=0.1)


def test_all_four_right_angles_occur(noise):
    square = np.repeat(noise[:1, :, :48], 40, axis=0)
    turned = augment(square, (1, 2), only(right_angles=True)).numpy()
    expected = [np.rot90(square[0], quarter) for quarter in range(4)]
    quarters = {next(q for q in range(4) if np.abs(x - expected[q]).max() < 1) for x in turned}
    assert quarters == {0, 1, 2, 3}


@pytest.mark.parametrize(("flip", "axis"), [("horizontal_flip", 1), ("vertical_flip", 0)])
def test_a_flip_mirrors_some_pictures(noise, flip, axis):
    same = np.repeat(noise[:1], 40, axis=0)
    flipped = augment(same, (1, 2), only(**{flip: True})).numpy()
    mirrored = [np.abs(x - np.flip(noise[0], axis)).max() < 1 for x in flipped]
    kept = [np.abs(x - noise[0]).max() < 1 for x in flipped]
    assert sum(mirrored) + sum(kept) == 40
    assert 8 < sum(mirrored) < 32


@pytest.mark.parametrize(("shift", "axis"), [("width_shift", 1), ("height_shift", 0)])
def test_a_shift_moves_pictures_by_at_most_its_share_of_one_side(shift, axis):
    ramp = np.broadcast_to(np.arange(100.0)[:, None], (100, 100)).astype(np.float32)
    ramp = np.stack([ramp if axis == 0 else ramp.T] * 3, -1)
    moved = augment(np.stack([ramp] * 40), (1, 2), only(**{shift: 0.2})).numpy()
    offsets = moved[:, 50, 50, 0] - 50
    assert -20 <= offsets.min() < -12
    assert 12 < offsets.max() <= 20


def test_each_side_is_zoomed_separately():
    ramps = np.stack(np.meshgrid(np.arange(101.0), np.arange(101.0)) * 2, -1)[:, :, :3]
    zoomed = augment(np.stack([ramps] * 40), (1, 2), only(side_zoom=0.2)).numpy()
    across, down = (zoomed[:, 60, 60, channel] - 50 for channel in (0, 1))
    assert min(across.min(), down.min()) >= 8
    assert max(across.max(), down.max()) <= 12
    assert abs(np.corrcoef(across, down)[0, 1]) < 0.5


@pytest.mark.parametrize(
    ("fill_mode", "darkest"), [("nearest", 200), ("reflect", 200), ("constant", 0), ("wrap", 200)]
)
def test_the_fill_mode_determines_the_pixels_beyond_the_edges(fill_mode, darkest):
    bright = np.full((8, 48, 64, 3), 200, np.uint8)
    ranges = only(width_shift=0.5, fill_mode=fill_mode)
    assert augment(bright, (1, 2), ranges).numpy().min() == pytest.approx(darkest, abs=0.01)


def test_the_gain_of_rgb_values_is_in_its_range(noise):
    dark = augment(noise, (1, 2), only(rescale=(0.2, 0.6))).numpy()
    gains = dark.mean((1, 2, 3)) / noise.mean((1, 2, 3))
    assert 0.2 <= gains.min() < gains.max() <= 0.6


def test_a_cutout_covers_at_most_its_share_of_each_side(noise):
    cut = augment(noise, (1, 2), only(cutout=0.5)).numpy()
    covered = (cut != noise).any(-1).mean((1, 2))
    assert covered.min() > 0
    assert 0.1 < covered.max() < 0.27


def detail(pictures):
    return np.abs(np.diff(pictures.astype(float), axis=2)).mean()


@pytest.mark.parametrize("change", [{"blurred": 1.0}, {"compressed": 1.0}])
def test_blur_and_compression_remove_fine_detail(noise, change):
    assert detail(augment(noise, (1, 2), only(**change)).numpy()) < 0.97 * detail(noise)


def test_zoom_reduces_some_pictures_and_enlarges_others(batch):
    dark = [
        (augment(batch, (seed, 0), only(zoom=1.5, fill_mode="nearest")).numpy().mean(-1) < 130)
        for seed in range(12)
    ]
    shares = [changed.mean() for changed in dark]
    assert min(shares) < (batch.mean(-1) < 130).mean() < max(shares)


def network(ranges):
    inputs = keras.Input((48, 64, 3))
    return keras.Model(inputs, Augmentation(ranges, seed=3)(inputs))


def test_the_augmentation_layer_changes_pictures_only_in_training(noise):
    model = network(ORIGINAL)
    assert (model(noise, training=False).numpy() == noise).all()
    first, second = (model(noise, training=True).numpy() for _ in range(2))
    assert np.abs(first - second).mean() > 1


@pytest.mark.parametrize("ranges", [SERVED, ORIGINAL])
def test_a_loaded_network_augments_like_the_saved_network(noise, ranges, tmp_path):
    model = network(ranges)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.layers[1].ranges == ranges
    assert (loaded(noise, training=True).numpy() == model(noise, training=True).numpy()).all()


def test_a_network_with_an_augmentation_layer_can_be_trained(noise):
    inputs = keras.Input((48, 64, 3))
    x = keras.layers.GlobalAveragePooling2D()(Augmentation(ORIGINAL)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1)(x))
    model.compile("sgd", "mse")
    before = [weights.copy() for weights in model.get_weights()]
    losses = model.fit(noise / 255, np.ones(6), epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    assert all((a != b).any() for a, b in zip(model.get_weights(), before, strict=True))


def test_mixup_blends_pictures_and_targets_by_the_same_share(noise):
    targets = np.eye(6, dtype=np.float32)
    pictures, mixed = (x.numpy() for x in mixup(noise, targets, (1, 2), alpha=0.4))
    assert mixed.sum(1) == pytest.approx(1)
    assert (mixed != targets).any()
    expected = np.einsum("ij,jhwc->ihwc", mixed, noise.astype(np.float32))
    assert pictures == pytest.approx(expected, abs=0.01)
