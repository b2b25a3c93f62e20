import numpy as np
import pytest

from ml.errors import OperatorError
from ml.evaluation.valid_auroc import aurocs, require_figures
from ml.labels import DIAGNOSES
from tests.ml.datasets import dataset

MEL, NV, BCC = (DIAGNOSES.index(name) for name in ("mel", "nv", "bcc"))


def outputs(diagnoses):
    """Logits of a network that answers with these diagnoses."""
    return 5.0 * np.eye(len(DIAGNOSES))[diagnoses]


def test_each_source_and_kind_has_its_own_figures():
    diagnoses = np.array([MEL, NV] * 5 + [BCC, NV] * 5)
    data = dataset(diagnoses, sources=np.repeat(["clinic", "phone"], 10))
    figures = aurocs(data, outputs(diagnoses))
    assert figures["clinic", "dermoscopic"] == {"melanoma": 1.0, "cancer": 1.0}
    assert figures["phone", "dermoscopic"] == {"cancer": 1.0}


@pytest.mark.parametrize("diagnoses", [[], [MEL] * 4 + [NV] * 5])
def test_pictures_without_any_figure_are_refused(diagnoses):
    data = dataset(np.array(diagnoses, int), splits=np.full(len(diagnoses), "valid"))
    with pytest.raises(OperatorError, match="too few `valid` photos to measure a network"):
        require_figures(data)
    require_figures(dataset(np.array([MEL] * 5 + [NV] * 5)))


def test_carcinomas_count_as_cancer_and_not_as_melanoma():
    diagnoses = np.array([MEL] * 5 + [BCC] * 5 + [NV] * 5)
    answers = np.array([MEL] * 5 + [NV] * 10)
    figures = aurocs(dataset(diagnoses), outputs(answers))["ham10000", "dermoscopic"]
    assert figures["melanoma"] == 1.0
    assert figures["cancer"] == pytest.approx(0.75)


def test_cancer_figures_leave_out_pictures_known_only_as_not_melanoma():
    diagnoses = np.array([MEL] * 5 + [NV] * 5 + [-1] * 5)
    answers = np.array([MEL] * 5 + [NV] * 5 + [BCC] * 5)
    assert aurocs(dataset(diagnoses), outputs(answers))["ham10000", "dermoscopic"]["cancer"] == 1.0
