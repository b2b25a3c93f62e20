import numpy as np
from scipy.ndimage import binary_dilation, binary_erosion

from ml.features.lesion import steps_to


def blots(seed, share):
    return np.random.default_rng(seed).random((40, 50)) < share


def test_pixels_within_some_steps_of_a_mask_are_its_dilation():
    mask = blots(1, 0.01)
    for steps in range(1, 9):
        assert ((steps_to(mask) <= steps) == binary_dilation(mask, iterations=steps)).all()


def test_pixels_beyond_some_steps_from_the_background_are_the_erosion():
    mask = ~blots(2, 0.01)
    for steps in range(1, 9):
        inside = steps_to(np.pad(~mask, 1, constant_values=True))[1:-1, 1:-1] > steps
        assert (inside == binary_erosion(mask, iterations=steps)).all()
