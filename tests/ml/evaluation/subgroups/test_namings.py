import numpy as np

from ml.data.ground_truth import BENIGN
from ml.evaluation.subgroups import namings
from ml.labels import DIAGNOSES
from ml.serving.shares import Share
from tests.ml.evaluation.subgroups.answers import answers
from tests.ml.scoring import make_scored

MEL, NV, BCC = (DIAGNOSES.index(name) for name in ("mel", "nv", "bcc"))
RANKED = [(MEL, NV, BCC), (MEL, NV, BCC), (NV, MEL, BCC), (NV, BCC, MEL)]


def measured(truth, groups="abcd", refused=0):
    """Return the counts for four photos whose diagnoses the network ranks as in `RANKED`."""
    logits = np.zeros((4, 8))
    for row, ranking in enumerate(RANKED):
        logits[row, list(ranking)] = (3, 2, 1)
    truth, groups = np.array(truth), np.array(list(groups))
    scored = make_scored(4, logits=logits, diagnoses=truth, groups=groups)
    photo_answers = answers(4, refused)._replace(diagnoses=truth, groups=groups)
    return {
        (naming.diagnosis, naming.place): naming.counted
        for naming in namings.measure("c", scored, photo_answers)
    }


def test_each_named_diagnosis_is_counted_by_its_rank():
    counts = measured([MEL, NV, NV, MEL])
    assert counts["mel", namings.FIRST] == Share(1, 2, 2)
    assert counts["mel", namings.LATER] == Share(1, 2, 2)
    assert counts["nv", namings.FIRST] == Share(1, 2, 2)
    assert counts["bcc", namings.LATER] == Share(0, 4, 4)
    assert ("bcc", namings.FIRST) not in counts


def test_views_of_a_lesion_count_as_one_group():
    assert measured([MEL, NV, NV, MEL], "aabc")["mel", namings.FIRST] == Share(1, 2, 1)


def test_a_refused_photo_counts_for_no_named_diagnosis():
    assert measured([MEL, NV, NV, MEL], refused=1)["mel", namings.FIRST] == Share(0, 1, 1)


def test_benign_lesions_without_an_exact_diagnosis_count_only_for_named_cancers():
    counts = measured([BENIGN, NV, BENIGN, NV])
    assert counts["mel", namings.FIRST] == Share(0, 2, 2)
    assert counts["nv", namings.FIRST] == Share(1, 1, 1)


def test_confusions_are_counted_by_source():
    logits = np.eye(8)[[MEL, NV, NV, NV]]
    sources = np.array(["one", "one", "one", "other"])
    scored = make_scored(
        4, logits=logits, diagnoses=np.array([MEL, MEL, BENIGN, NV]), sources=sources
    )
    confusions = {(c.source, c.truth): c.named for c in namings.confusions("c", scored, answers(4))}
    assert {name: {k: n for k, n in named.items() if n} for name, named in confusions.items()} == {
        ("one", "mel"): {"mel": 1, "nv": 1},
        ("other", "nv"): {"nv": 1},
    }
