import numpy as np
import pytest

from ml.evaluation.robustness.robustness import Effect, choose, effect, write
from ml.labels import DIAGNOSES, Kind, Tier
from ml.report import robustness_chapter
from ml.serving.classifier import Classification, Refusal
from tests.ml.datasets import dataset

NAMES = ("dermoscopic", "hairs", "mild")
BCC, NV = DIAGNOSES.index("bcc"), DIAGNOSES.index("nv")


def answer(tier, cancer=0.5):
    return Classification(Kind.DERMOSCOPIC, tier, cancer=cancer)


BEFORE = [
    answer(Tier.URGENT, 0.9),
    answer(Tier.SOON),
    answer(Tier.WATCH, 0.1),
    answer(Tier.WATCH, 0.1),
]
CANCER = np.array([True, True, False, False])


def test_equal_answers_have_no_effect():
    result = effect(BEFORE, BEFORE, CANCER, NAMES)
    assert (result.median, result.moved, result.down, result.lost, result.refused) == (
        0,
        0,
        0,
        0,
        0,
    )


def test_a_cancer_that_becomes_watch_is_lost():
    after = [
        answer(Tier.WATCH, 0.1),
        answer(Tier.SOON),
        answer(Tier.SOON, 0.4),
        answer(Tier.WATCH, 0.1),
    ]
    result = effect(BEFORE, after, CANCER, NAMES)
    assert (result.moved, result.down, result.lost) == (0.5, 0.25, 0.5)
    assert result.median == pytest.approx(0.15)


def test_a_refused_photo_counts_as_moved_down_and_not_flagged():
    refused = Classification(Kind.DERMOSCOPIC, refusal=Refusal.BLURRED)
    result = effect(BEFORE, [refused, *BEFORE[1:]], CANCER, NAMES)
    assert (result.down, result.lost, result.refused) == (0.25, 0.5, 0.25)


def test_refused_and_unlike_photos_are_counted_together_as_no_tier(tmp_path):
    after = [
        Classification(Kind.DERMOSCOPIC, refusal=Refusal.BLURRED),
        *BEFORE[1:3],
        Classification(Kind.DERMOSCOPIC, is_unlike=True),
    ]
    write([effect(BEFORE, after, CANCER, NAMES)], "mine-1", tmp_path / "robustness.json")
    text = robustness_chapter.chapter(tmp_path / "robustness.json")
    assert "| points lost | no tier |" in text
    assert "| 50.0 % |\n" in text


def test_photos_without_an_answer_before_the_change_are_left_out():
    unanswered = Classification(Kind.DERMOSCOPIC)
    before = [*BEFORE[:3], unanswered]
    assert effect(before, [*BEFORE[:3], answer(Tier.WATCH)], CANCER, NAMES).moved == 0


def test_half_of_the_photos_are_cancers_if_there_are_enough():
    diagnoses = np.repeat([BCC, NV], [10, 90])
    data = dataset(diagnoses, splits=np.repeat("valid", 100))
    rows = choose(data, Kind.DERMOSCOPIC, 20, seed=1)
    assert data.cancer[rows].sum() == 10
    assert len(choose(data, Kind.DERMOSCOPIC, 40, seed=1)) == 40
    assert not len(choose(data, Kind.CAMERA, 20, seed=1))


def test_the_chapter_has_a_row_for_each_change(tmp_path):
    write([effect(BEFORE, BEFORE, CANCER, NAMES)], "mine-1", tmp_path / "robustness.json")
    text = robustness_chapter.chapter(tmp_path / "robustness.json")
    assert "### Dermoscopic photos" in text
    assert "| hairs | mild | 0.000 | 0.0 % | 0.0 % | 0.0 % | 0.0 % |" in text
    assert "beyond these limits: none." in text


@pytest.mark.parametrize(
    ("change", "strength", "figures", "beyond_limits"),
    [
        ("ink", "mild", {"down": 0.06, "lost": 0.0}, "ink (mild)"),
        ("ink", "mild", {"down": 0.05, "lost": 0.5}, "none"),
        ("ink", "strong", {"down": 0.5, "lost": 0.06}, "ink (strong)"),
        ("hairs", "strong", {"down": 0.5, "lost": 0.06}, "none"),
        ("hairs", "strong", {"down": 0.5, "lost": 0.09}, "hairs (strong)"),
    ],
)
def test_the_chapter_names_changes_beyond_the_limits(
    change, strength, figures, beyond_limits, tmp_path
):
    change_effect = Effect(
        "camera", change, strength, median=0.0, moved=0.0, refused=0.0, **figures
    )
    write([change_effect], "mine-1", tmp_path / "robustness.json")
    text = robustness_chapter.chapter(tmp_path / "robustness.json")
    assert f"beyond these limits: {beyond_limits}." in text
