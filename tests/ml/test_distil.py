import keras
import numpy as np
import pytest

from ml import distil
from ml.labels import DIAGNOSES, MELANOMA_INDEX
from tests.ml.conftest import tiny_network


def test_a_known_diagnosis_is_all_there_is_to_learn():
    assert distil.certain(np.array([2])).tolist() == [np.eye(len(DIAGNOSES))[2].tolist()]


def test_not_melanoma_is_shared_among_the_other_six():
    (wanted,) = distil.certain(np.array([-1]))
    assert wanted[MELANOMA_INDEX] == 0
    assert np.delete(wanted, MELANOMA_INDEX) == pytest.approx(1 / 6)


@pytest.mark.usefixtures("tiny")
def test_half_of_a_train_target_is_the_teachers_answer(data, tmp_path):
    teacher = tiny_network()
    *_, bias = teacher.get_weights()
    bias[:] = 0
    bias[3] = 50.0  # it always answers the fourth diagnosis
    teacher.set_weights([*teacher.get_weights()[:-1], bias])
    teacher.save(tmp_path / "teacher.keras")
    keras.backend.clear_session()
    wanted = distil.targets(data, [str(tmp_path / "teacher.keras")])
    train, valid = data.rows("train"), data.rows("valid")
    hard = distil.certain(data.diagnoses)
    assert wanted[train] == pytest.approx(hard[train] / 2 + np.eye(len(DIAGNOSES))[3] / 2, abs=1e-3)
    assert (wanted[valid] == hard[valid]).all()
