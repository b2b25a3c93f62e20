from collections import Counter

import pytest

from ml.data.entries import checked_diagnosis, split_of


def test_groups_are_split_in_about_the_given_shares():
    counted = Counter(split_of(f"patient {n}", valid=0.2, test=0.1) for n in range(2000))
    assert counted["valid"] / 2000 == pytest.approx(0.2, abs=0.03)
    assert counted["test"] / 2000 == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize(
    ("group", "split"), [("isic/IL_1", "train"), ("isic/IL_0", "test"), ("isic/IL_10", "valid")]
)
def test_a_group_keeps_its_split(group, split):
    assert split_of(group, valid=0.15, test=0.15) == split


def test_an_unknown_diagnosis_is_refused():
    assert checked_diagnosis("other") == "other"
    with pytest.raises(ValueError, match="wart"):
        checked_diagnosis("wart")
