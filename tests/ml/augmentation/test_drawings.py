import numpy as np
import pytest

from ml.augmentation.drawings import KINDS, draw


@pytest.mark.parametrize("seed", range(KINDS))
def test_a_seed_draws_the_same_picture_again(seed):
    assert (np.asarray(draw(seed)) == np.asarray(draw(seed))).all()
    assert (np.asarray(draw(seed)) != np.asarray(draw(seed + KINDS))).any()
