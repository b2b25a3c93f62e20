import numpy as np
import pytest

from ml.export import linear_heads
from ml.export.linear_heads import Examples, Head


def examples(count=200, dimensions=4, classes=2, seed=0, noise=1.0):
    """Pictures from two sources. Each class has a feature that is larger than in other classes."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    features = generator.normal(0, noise, (count, dimensions))
    features[np.arange(count), labels] += 2
    return Examples(features, labels, np.where(np.arange(count) % 3, "common", "rare"))


@pytest.mark.parametrize("classes", [2, 4])
def test_a_head_separates_the_classes(classes):
    head = linear_heads.fit(
        *(examples(classes=classes, seed=seed, noise=0.7) for seed in (0, 1)), classes
    )
    assert head.weights.shape == (4, 1 if classes == 2 else classes)
    unseen = examples(classes=classes, seed=2, noise=0.7)
    logits = head.logits(unseen.features)
    predicted = logits[:, 0] > 0 if classes == 2 else logits.argmax(1)
    assert (predicted == unseen.classes).mean() > 0.75


def test_classes_have_equal_weights_and_so_do_the_strata_of_a_class():
    classes = np.array([0] * 90 + [0] * 8 + [1] * 2)
    strata = np.array(["ham10000"] * 90 + ["derm7pt"] * 8 + ["derm7pt"] * 2)
    weights = Examples(np.zeros((100, 1)), classes, strata).weights
    assert weights.sum() == pytest.approx(100)
    assert weights[:90].sum() == pytest.approx(25)
    assert weights[90:98].sum() == pytest.approx(25)
    assert weights[98:].sum() == pytest.approx(50)


def test_the_strength_of_regularisation_is_chosen_on_the_valid_pictures():
    train = examples(60, dimensions=50, noise=3.0)
    valid = examples(300, dimensions=50, seed=1, noise=3.0)
    chosen, by_itself = linear_heads.fit(train, valid), linear_heads.fit(train, train)
    assert linear_heads.log_loss(chosen, valid) < linear_heads.log_loss(by_itself, valid)


def test_a_constant_feature_gets_a_weight_within_half_precision():
    train = examples()
    train.features[:, 3] = 1e-9
    assert np.abs(linear_heads.fit(train, examples(seed=1)).weights).max() < 60_000


def test_the_loss_of_a_head_with_zero_weights_is_the_logarithm_of_the_number_of_classes():
    zeros = Head(np.zeros((4, 3)), np.zeros(3))
    assert linear_heads.log_loss(zeros, examples(classes=3)) == pytest.approx(np.log(3))
    assert linear_heads.log_loss(Head(np.zeros((4, 1)), np.zeros(1)), examples()) == pytest.approx(
        np.log(2)
    )


def test_a_class_without_pictures_is_never_the_answer():
    train = examples(classes=2)
    head = linear_heads.fit(train._replace(classes=train.classes * 3), train, classes=5)
    assert head.weights.shape == (4, 5)
    assert set(head.logits(train.features).argmax(1)) == {0, 3}
