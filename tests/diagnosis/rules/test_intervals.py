import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from diagnosis.rules.intervals import FEWEST, Estimate, kappa, proportion

ANSWERS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=FEWEST, max_size=60)


def table(*rows):
    return {(i, j): number for i, row in enumerate(rows) for j, number in enumerate(row)}


@pytest.mark.parametrize(
    ("hits", "count", "expected"),
    [
        # Newcombe, Stat. Med. 17, 857 (1998), table I, method 3.
        (81, 263, (0.3080, 0.2553, 0.3662)),
        (15, 148, (0.1014, 0.0624, 0.1605)),
        (0, 20, (0.0, 0.0, 0.1611)),
        (29, 29, (1.0, 0.8830, 1.0)),
    ],
)
def test_a_share_has_wilsons_interval(hits, count, expected):
    assert proportion(hits, count) == pytest.approx(expected, abs=5e-5)


def test_a_share_of_few_cases_is_not_shown():
    assert proportion(9, FEWEST - 1) is None
    assert proportion(9, FEWEST) is not None


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        # Fleiss, Levin and Paik, "Statistical methods for rates and proportions", 2003, 18.1.
        (table((75, 1, 4), (5, 4, 1), (0, 0, 10)), (0.68, 0.51, 0.85)),
        (table((20, 5), (10, 15)), (0.40, 0.15, 0.65)),
        (table((0, 10), (10, 0)), (-1.0, -1.0, -1.0)),
    ],
)
def test_kappa_equals_known_values(pairs, expected):
    assert kappa(pairs) == pytest.approx(expected, abs=0.006)


@settings(deadline=None)
@given(ANSWERS)
def test_kappa_equals_the_value_of_scikit_learn(answers):
    value = kappa({pair: answers.count(pair) for pair in answers})
    first, other = zip(*answers, strict=True)
    if value is None:
        assert len({*first, *other}) == 1
    else:
        assert value.value == pytest.approx(cohen_kappa_score(first, other))
        assert value.low <= value.value <= value.high


def test_kappa_of_few_cases_is_not_shown():
    assert kappa(table((4, 1), (1, 3))) is None


def test_an_estimate_is_formatted_for_a_page():
    from diagnosis.templatetags import words

    assert words.percent(Estimate(0.812, 0.741, 0.884)) == "81 % (74–88 %)"
    assert words.decimal(Estimate(0.1, -0.054, 0.254)) == "0.10 (−0.05 to 0.25)"
