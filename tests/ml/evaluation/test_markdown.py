import pytest

from ml.evaluation.markdown import interval
from ml.serving.card import Interval


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Interval(0.884, 0.855, 0.912), "0.884 (0.855–0.912)"),
        (Interval(-0.1, -0.25, 0.05), "−0.100 (−0.250 to 0.050)"),
    ],
)
def test_an_interval_follows_its_value_in_brackets(figure, text):
    assert interval(figure) == text
