import keras
import numpy as np
import pytest

from ml.data.ground_truth import BENIGN, NOT_MELANOMA
from ml.labels import DIAGNOSES, MELANOMA_INDEX
from ml.training import distillation
from tests.ml.conftest import tiny_network

ONE_HOT = np.eye(len(DIAGNOSES))


def test_the_target_of_a_known_diagnosis_is_certain():
    assert distillation.candidates(np.array([2])).tolist() == [ONE_HOT[2].tolist()]


def test_the_candidates_for_not_melanoma_are_all_diagnoses_except_melanoma():
    (possible,) = distillation.candidates(np.array([NOT_MELANOMA]))
    assert possible.tolist() == (1 - ONE_HOT[MELANOMA_INDEX]).tolist()


def test_the_candidates_for_benign_are_all_benign_diagnoses():
    (possible,) = distillation.candidates(np.array([BENIGN]))
    assert {d for d, p in zip(DIAGNOSES, possible, strict=True) if p} == {"nv", "bkl", "df", "vasc"}
    assert distillation.certain(np.array([BENIGN])).sum() == pytest.approx(1)


@pytest.mark.usefixtures("tiny")
def test_half_of_a_train_target_is_the_teachers_answer(data, tmp_path):
    teacher = tiny_network()
    *_, bias = teacher.get_weights()
    bias[:] = 0
    bias[3] = 50.0  # the network always answers the fourth diagnosis
    teacher.set_weights([*teacher.get_weights()[:-1], bias])
    teacher.save(tmp_path / "teacher.keras")
    keras.backend.clear_session()
    targets = distillation.targets(data, [str(tmp_path / "teacher.keras")])
    train, valid = data.rows("train"), data.rows("valid")
    hard = distillation.certain(data.diagnoses)
    assert targets[train] == pytest.approx(
        hard[train] / 2 + np.eye(len(DIAGNOSES))[3] / 2, abs=1e-3
    )
    assert (targets[valid] == hard[valid]).all()
