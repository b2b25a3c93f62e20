import keras
import numpy as np
import pytest

from ml.segmentation import train_outline
from ml.segmentation.grid import HEIGHT, WIDTH
from ml.segmentation.train_outline import OutlineLoss, Pool, Settings
from tests.ml.datasets import dataset

SETTINGS = Settings(epoch_images=4, batch=2, seed=3)


@pytest.fixture
def pool():
    """Four pictures with a dark left half, which is the lesion."""
    pixels = np.full((4, 150, 200, 3), 200, np.uint8)
    pixels[:, :, :100] = 60
    masks = np.zeros((4, HEIGHT, WIDTH), np.uint8)
    masks[:, :, : WIDTH // 2] = 255
    splits = np.array(["train", "train", "valid", "valid"])
    data = dataset(np.zeros(4, int), pixels, splits=splits)
    return Pool(data, masks, np.full((2, 150, 200, 3), 90, np.uint8))


class SeesDarkness:
    def predict_on_batch(self, pixels):
        return 120.0 - pixels.mean(-1, keepdims=True)


def test_the_loss_is_small_for_the_truth_and_large_for_the_opposite():
    truth = np.zeros((2, 8, 8, 1), np.float32)
    truth[:, :4] = 1
    right, wrong = (OutlineLoss().call(truth, s * (2 * truth - 1)).numpy() for s in (20, -20))
    assert right == pytest.approx([0, 0], abs=1e-3)
    assert (wrong > 10).all()


def test_missing_a_small_lesion_costs_as_much_dice_loss_as_missing_a_large_lesion():
    truth = np.zeros((2, 32, 32, 1), np.float32)
    truth[0, :4, :4] = truth[1, :24, :24] = 1
    small, large = OutlineLoss().call(truth, np.zeros_like(truth) - 20).numpy()
    cross_entropy = 20 * truth.mean((1, 2, 3))
    assert small - cross_entropy[0] == pytest.approx(1, abs=0.07)
    assert large - cross_entropy[1] == pytest.approx(1, abs=0.07)


def test_a_network_can_be_trained_with_the_loss_and_loaded(tmp_path):
    keras.utils.set_random_seed(1)
    generator = np.random.default_rng(1)
    pictures = generator.random((4, 16, 16, 1), np.float32)
    model = keras.Sequential([keras.Input((16, 16, 1)), keras.layers.Conv2D(1, 1)])
    model.compile(keras.optimizers.Adam(0.3), OutlineLoss())
    losses = [model.train_on_batch(pictures, pictures > 0.5) for _ in range(25)]
    assert losses[-1] < 0.7 * losses[0]
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.loss, OutlineLoss)


def test_an_epoch_has_reproducible_batches_of_pictures_and_masks(pool):
    pictures, masks = next(iter(train_outline.epoch_batches(pool, SETTINGS, 0)))
    assert (pictures.shape, masks.shape) == ((2, HEIGHT, WIDTH, 3), (2, HEIGHT, WIDTH, 1))
    assert 0 <= pictures.numpy().min() < pictures.numpy().max() <= 255
    assert (masks.numpy().min(), masks.numpy().max()) == (0, 1)
    again, _ = next(iter(train_outline.epoch_batches(pool, SETTINGS, 0)))
    assert (again.numpy() == pictures.numpy()).all()


@pytest.mark.parametrize(("kind", "share"), [("elsewhere", 0.0), ("beside", 0.5), ("bare", 0.0)])
def test_each_kind_of_scene_has_its_mask(pool, kind, share):
    kinds = dict.fromkeys(("beside", "elsewhere", "bare", "hairy", "vignetted"), 0.0)
    settings = SETTINGS._replace(**kinds | {kind: 1.0})
    scene = train_outline.draw_scene(pool, 0, settings, np.random.default_rng(1))
    assert scene.pixels.shape == (HEIGHT, WIDTH, 3)
    assert (scene.mask > 0).mean() == share


def test_the_valid_dice_is_1_for_a_perfect_network_and_0_for_the_opposite(pool):
    assert train_outline.valid_dice(SeesDarkness(), pool) == 1
    assert train_outline.valid_dice(SeesDarkness(), pool._replace(masks=255 - pool.masks)) == 0
