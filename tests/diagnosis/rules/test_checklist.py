from itertools import combinations

from diagnosis.models import Answers
from diagnosis.rules import checklist

# The questions of the checklist, and two that must not change the score.
NAMES = (*checklist.WEIGHTS, "bleeds", "is_new")
ALL = [chosen for count in range(len(NAMES) + 1) for chosen in combinations(NAMES, count)]


def expected_points(ticked):
    """Return the 7-point score of NICE guideline NG12, by a second implementation."""
    major_signs = {"changed_size", "irregular_shape", "irregular_colour"} & set(ticked)
    minor_signs = {"is_large", "is_inflamed", "is_oozing", "feels_different"} & set(ticked)
    return 2 * len(major_signs) + len(minor_signs)


def test_combinations_of_answers_have_the_score_of_the_guideline():
    for ticked in ALL:
        assert checklist.points(ticked) == expected_points(ticked), ticked


def test_every_question_is_stored():
    stored = {field.name for field in Answers._meta.get_fields()}
    assert set(checklist.QUESTIONS) <= stored
