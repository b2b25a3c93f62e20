import numpy as np

from ml.replication.small_pictures import Pictures


def test_half_of_the_drawn_pictures_are_melanomas(data):
    _, labels = Pictures(data, 9, 12).balanced(2000, seed=1)
    assert 0.45 < labels.mean() < 0.55


def test_only_train_pictures_are_drawn(data):
    small = Pictures(data, 9, 12)
    small.pixels[data.rows("train")] = 1
    small.pixels[data.rows("valid")] = small.pixels[data.rows("test")] = 2
    pixels, _ = small.balanced(200, seed=1)
    assert (pixels == 1).all()


def test_batches_depend_only_on_the_seed(data):
    small = Pictures(data, 9, 12)

    def labels(seed):
        return np.concatenate([label for _, label in small.batches(8, 16, (1, seed))])

    assert (labels(0) == labels(0)).all()
    assert (labels(0) != labels(1)).any()


def test_scores_are_probabilities_of_melanoma_in_the_order_of_the_split(data):
    class Brightness:
        def predict_on_batch(self, pixels):
            return np.stack([np.zeros(len(pixels)), pixels.mean((1, 2, 3))], 1)

    small = Pictures(data, 9, 12)
    truth, score = small.scores(Brightness(), "test")
    rows = data.rows("test")
    assert (truth == data.melanoma[rows]).all()
    assert np.allclose(score, small.pixels[rows].mean((1, 2, 3)))


def test_mirrored_scores_are_the_mean_over_four_mirror_images(data):
    class Corner:
        def predict_on_batch(self, pixels):
            return np.repeat(pixels[:, 0, 0, :1].astype(float), 2, 1)

    small = Pictures(data, 9, 12)
    _, score = small.scores(Corner(), "test", mirrored=True)
    corners = small.pixels[data.rows("test")][:, [0, 0, -1, -1], [0, -1, 0, -1], 0]
    assert np.allclose(score, corners.mean(1))
