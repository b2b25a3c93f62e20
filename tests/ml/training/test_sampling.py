import numpy as np
import pytest

from ml.training.sampling import VIEWS, Columns, draw, probabilities

# Dermoscopic photos of 90 naevi and 10 melanomas, and phone photos of 10 carcinomas.
COLUMNS = Columns(
    sources=np.repeat(["ham10000", "pad_ufes20"], [100, 10]),
    kinds=np.repeat(["dermoscopic", "camera"], [100, 10]),
    diagnoses=np.repeat([1, 0, 2], [90, 10, 10]),
    lesions=np.arange(110).astype(str),
)


def test_each_source_has_its_share_whatever_its_size():
    chance = probabilities(COLUMNS)
    assert chance.sum() == pytest.approx(1)
    assert chance[:100].sum() == pytest.approx(0.44 / 0.57)


def test_rare_diagnoses_are_drawn_more_often_than_they_occur():
    chance = probabilities(COLUMNS)
    assert chance[90:100].sum() / chance[:100].sum() == pytest.approx(0.25)


def test_a_lesion_with_many_views_weighs_only_as_much_as_a_few_lesions():
    lesions = COLUMNS.lesions.copy()
    lesions[90:99] = "many views"
    chance = probabilities(COLUMNS._replace(lesions=lesions))
    assert chance[90:99].sum() == pytest.approx(VIEWS * chance[99])


def test_a_source_without_a_share_is_also_drawn():
    chance = probabilities(COLUMNS._replace(sources=np.repeat(["ham10000", "mine"], [100, 10])))
    assert chance[100:].sum() == pytest.approx(0.10 / 0.54)


def test_the_same_generator_draws_the_same_pictures():
    first, second = (draw(COLUMNS, 20, np.random.default_rng(3)) for _ in range(2))
    assert (first == second).all()
