import numpy as np
import pytest

from ml.architectures.cnn import UNTUNED
from ml.augmentation.random_changes import ORIGINAL
from ml.augmentation.ranges import FLIPPED
from ml.replication import baselines


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("name", baselines.all_baselines(UNTUNED, UNTUNED))
def test_each_baseline_returns_two_probabilities(name):
    model = baselines.all_baselines(UNTUNED, UNTUNED)[name].build(None)
    pictures = np.full((2, *model.input_shape[1:]), 128, np.uint8)
    answer = np.asarray(model(pictures))
    assert answer.shape == (2, 2)
    assert np.allclose(answer.sum(1), 1, atol=1e-5)


@pytest.mark.usefixtures("tiny")
def test_a_frozen_backbone_trains_only_its_head():
    networks = baselines.all_baselines(UNTUNED, UNTUNED)
    frozen, tuned = (networks[name].build(None) for name in ("frozen", "fine-tuned"))
    assert len(frozen.trainable_weights) == 2
    assert len(tuned.trainable_weights) > 2


def test_training_on_the_original_split_at_most_mirrors_pictures():
    assert baselines.augmenting("original", 1, mirrored=False) is None
    assert baselines.augmenting("original", 1, mirrored=True).ranges == FLIPPED


def test_training_on_the_split_by_lesion_augments_pictures_as_the_write_up_did():
    assert baselines.augmenting("by lesion", 1, mirrored=False).ranges == ORIGINAL


@pytest.mark.parametrize("protocol", ["original", "by lesion"])
def test_a_network_measured_with_mirror_images_was_trained_on_them(protocol):
    ranges = baselines.augmenting(protocol, 1, mirrored=True).ranges
    assert (ranges.horizontal_flip, ranges.vertical_flip) == (True, True)
