from ml.evaluation import score_table
from ml.evaluation.score_table import Score

SCORES = [
    Score("test", "a", "ham10000", is_melanoma=True, probability=0.25, tier="soon", refused=""),
    Score("test", "b", "ham10000", is_melanoma=False, probability=None, tier="", refused="blurred"),
]


def test_scores_are_read_back_unchanged(tmp_path):
    score_table.write(SCORES, tmp_path)
    assert score_table.read(tmp_path) == SCORES


def test_a_model_without_a_score_table_has_no_scores(tmp_path):
    assert score_table.read(tmp_path) == []


def test_a_refused_photo_is_left_out_of_the_arrays():
    truth, probability = score_table.arrays(SCORES)
    assert (truth.tolist(), probability.tolist()) == ([True], [0.25])


def test_a_photo_is_flagged_by_its_tier():
    assert [score.is_flagged for score in SCORES] == [True, False]
