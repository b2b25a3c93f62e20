import numpy as np
import pytest

from ml import attempts
from ml.record import About
from tests.ml.conftest import tiny_network

ABOUT = About("Try", "by lesion", 1, 20)


@pytest.fixture
def networks(tmp_path, tiny):
    paths = [tmp_path / f"{n}.keras" for n in range(2)]
    for path in paths:
        tiny_network().save(path)
    return paths


def test_networks_are_averaged_and_every_mirror_image_costs_its_time(data, networks):
    plain = attempts.measure(data, networks[:1], ABOUT, mirrored=False)
    both = attempts.measure(data, networks, ABOUT, mirrored=True)
    assert both.parameters == 2 * plain.parameters
    assert both.images == len(data.rows("test"))


def test_mirrored_scores_do_not_depend_on_which_way_a_picture_is_turned(data, networks):
    turned = data._replace(pixels=np.asarray(data.pixels)[:, ::-1, ::-1])
    records = [attempts.measure(d, networks[:1], ABOUT, mirrored=True) for d in (data, turned)]
    assert records[0].sensitivities == records[1].sensitivities
