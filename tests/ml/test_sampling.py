import numpy as np
import pytest

from ml.labels import MELANOMA_INDEX
from ml.sampling import draw, probabilities

# Sharp pictures (224) are melanomas less often than coarse ones (200), as in HAM10000.
DIAGNOSES = np.array([5] * 90 + [MELANOMA_INDEX] * 10 + [5] * 30 + [MELANOMA_INDEX] * 20)
GROUPS = np.repeat([224, 200], (100, 50))


def share(group):
    chance = probabilities(DIAGNOSES, GROUPS)[group == GROUPS]
    return chance[DIAGNOSES[group == GROUPS] == MELANOMA_INDEX].sum() / chance.sum()


def test_resolution_tells_nothing_about_the_label():
    assert share(224) == pytest.approx(share(200))


def test_melanomas_are_drawn_more_often_than_they_occur():
    assert share(224) > 30 / 150


def test_groups_keep_their_size():
    chance = probabilities(DIAGNOSES, GROUPS)
    assert chance.sum() == pytest.approx(1)
    assert chance[GROUPS == 224].sum() == pytest.approx(100 / 150)


def test_the_same_generator_draws_the_same_images():
    first, second = (draw(DIAGNOSES, GROUPS, 20, np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()
