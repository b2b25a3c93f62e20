import numpy as np
from PIL import Image

from ml.evaluation.score_table import Score
from ml.report import reliability_diagram


def test_points_are_the_observed_shares_within_their_intervals():
    probability = np.array([0.05] * 10 + [0.95] * 10 + [1.0])
    truth = np.array([True] * 2 + [False] * 8 + [True] * 11)
    x, y, (down, up) = reliability_diagram.points(truth, probability)
    assert np.allclose(y, [0.2, 1])
    assert np.allclose(x, [0.05, (9.5 + 1) / 11])
    assert (down >= 0).all()
    assert (y + up <= 1).all()
    assert np.isclose(y[0] - down[0], 0.0567, atol=1e-3)  # Wilson's interval of 2 in 10


def test_the_diagram_has_a_column_for_each_set(tmp_path):
    photos = [
        Score(name, "a", "ham10000", n % 2 == 0, n / 10, "watch", "")
        for name in ("test", "b")
        for n in range(9)
    ]
    reliability_diagram.draw(photos[:9], tmp_path / "one.png")
    reliability_diagram.draw(photos, tmp_path / "two.png")
    with Image.open(tmp_path / "one.png") as first, Image.open(tmp_path / "two.png") as second:
        assert second.width == 2 * first.width
