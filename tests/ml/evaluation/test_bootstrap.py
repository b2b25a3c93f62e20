import numpy as np
import pytest

from ml.evaluation import bootstrap

GROUPS = np.repeat(["a", "b", "c", "d"], [1, 2, 3, 4])
STRATA = np.repeat([0, 0, 1, 1], [1, 2, 3, 4])


def test_a_group_is_drawn_as_a_whole():
    for rows in bootstrap.draws(GROUPS, STRATA):
        names, counts = np.unique(GROUPS[rows], return_counts=True)
        for name, count in zip(names, counts, strict=True):
            assert count % (name == GROUPS).sum() == 0


def test_every_sample_has_as_many_groups_of_each_stratum_as_the_data():
    sizes = {name: (name == GROUPS).sum() for name in GROUPS}
    for rows in bootstrap.draws(GROUPS, STRATA):
        drawn = [(STRATA[row], 1 / sizes[GROUPS[row]]) for row in rows]
        for stratum in (0, 1):
            assert sum(
                share for row_stratum, share in drawn if row_stratum == stratum
            ) == pytest.approx(2)


def test_an_interval_is_wider_if_the_photos_belong_to_fewer_groups():
    values = np.repeat(np.linspace(0, 1, 20), 10)
    alone, strata = np.arange(200).astype(str), np.zeros(200)
    together = np.repeat(np.arange(20), 10).astype(str)

    def width(groups):
        figures = bootstrap.intervals(lambda rows: {"x": values[rows].mean()}, groups, strata)
        return figures["x"].high - figures["x"].low

    assert width(together) > 2 * width(alone)


def test_an_undefined_figure_is_left_out():
    figures = bootstrap.intervals(lambda rows: {"x": np.nan, "y": 1.0}, GROUPS, STRATA)
    assert set(figures) == {"y"}
