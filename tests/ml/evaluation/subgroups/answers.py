"""Answers of a model that is right about every photo, except for refused cancers."""

import numpy as np

from ml.evaluation.kind_report import Answers
from ml.labels import DIAGNOSES, Diagnosis

IN_TURN = [DIAGNOSES.index(name) for name in (Diagnosis.MEL, Diagnosis.NV, Diagnosis.BCC, "bkl")]


def answers(count, refused=0):
    """Return answers for `count` photos, a quarter of them melanomas and a quarter carcinomas.

    The first `refused` cancers are refused.
    """
    diagnoses = np.array(IN_TURN)[np.arange(count) % 4]
    is_cancer = np.arange(count) % 2 == 0
    is_refused = is_cancer & (np.cumsum(is_cancer) <= refused)
    melanoma = np.where(np.arange(count) % 4 == 0, 0.9, 0.1)
    landing = np.where(is_cancer, "urgent", "watch")
    return Answers(
        melanoma=melanoma,
        cancer=np.where(is_cancer, 0.9, 0.1),
        landing=np.where(is_refused, "refused", landing),
        reasons=np.where(is_refused, "blurred", "").astype(object),
        diagnoses=diagnoses,
        groups=np.arange(count).astype(str),
        named=diagnoses,
    )
