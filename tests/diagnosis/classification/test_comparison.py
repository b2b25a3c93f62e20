from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from diagnosis.classification import comparison
from tests.factories import (
    make_histology,
    make_prediction,
    make_review,
    make_shadow_prediction,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_case(make, reviewer):
    """Make a photo that the active model a, the shadow model b and clinicians have read."""
    readers = [reviewer, *(make_user(f"{name}@example.org") for name in ("rolf", "rosa"))]

    def build(a=0.4, b=0.4, *, verdicts=(), **fields):
        screening = make("done", **fields)
        for version, figure, table in (("a", a, make_prediction), ("b", b, make_shadow_prediction)):
            tier = "urgent" if figure >= 0.2 else "watch"
            table(screening, model_version=version, cancer=figure, tier=tier)
        for reader, verdict in zip(readers, verdicts, strict=False):
            make_review(screening, reader, verdict)
        return screening

    return build


def make_cases(make_case, count):
    """Make pairs of photos: suspicious, with a higher score from model a, and unsuspicious."""
    for number in range(count):
        make_case(0.9 - number / 100, 0.1 + number / 100, verdicts=["agree", "refer"])
        make_case(0.1, 0.15, verdicts=["agree"])


def test_photos_read_by_both_models_are_compared_whichever_was_in_shadow(make_case, make):
    both = make_case()
    make_prediction(make("done"), model_version="a")
    make_shadow_prediction(make("done"), model_version="b")
    for pair in (("a", "b"), ("b", "a")):
        (case,) = comparison.compare(*pair).cases
        assert (case.screening, [output.model_version for output in case.outputs]) == (
            both,
            [*pair],
        )


def test_cases_are_disputed_if_the_tiers_differ(make_case):
    make_case(0.4, 0.3)
    disputed = make_case(0.4, 0.1)
    assert [case.screening for case in comparison.compare("a", "b").disputed] == [disputed]


@pytest.mark.parametrize(
    ("figure", "verdicts", "truth"),
    [
        (0.1, ["agree"], False),
        (0.4, ["agree"], None),
        (0.4, ["refer", "agree"], True),
        (0.1, ["refer", "agree", "disagree"], True),
        (0.4, ["unusable", "unusable"], None),
        (0.1, [], None),
    ],
)
def test_the_truth_is_the_settled_reading_of_clinicians(make_case, figure, verdicts, truth):
    # Version b, in shadow, gives the other tier, which does not count.
    make_case(figure, 0.5 - figure, verdicts=verdicts)
    (case,) = comparison.compare("a", "b").cases
    assert case.truth is truth


@pytest.mark.parametrize(
    ("diagnosis", "days", "truth"),
    [
        ("melanoma", 0, True),
        ("other_malignant", 0, True),
        ("benign", 0, False),
        # A photo from after the biopsy shows something else, so the readings count.
        ("benign", -1, True),
    ],
)
def test_a_biopsy_outranks_readings(make_case, diagnosis, days, truth):
    screening = make_case(0.4, verdicts=["refer", "agree"])
    taken_on = timezone.localdate() + timedelta(days=days)
    make_histology(screening.lesion, diagnosis, taken_on=taken_on)
    (case,) = comparison.compare("a", "b").cases
    assert case.truth is truth


def test_a_biopsy_result_replaced_by_a_correction_does_not_count(make_case):
    screening = make_case(0.1, verdicts=["agree"])
    make_histology(screening.lesion, "melanoma", corrected_at=timezone.now())
    assert comparison.truth(screening) is False


def test_figures_count_true_positives_and_true_negatives(make_case):
    make_cases(make_case, 12)
    result = comparison.compare("a", "b")
    assert (result.suspicious, result.unsuspicious, result.is_small) == (12, 12, True)
    a, b = result.figures
    assert (a.version, a.true_positives, a.true_negatives, a.auroc) == ("a", 12, 12, 1.0)
    assert (b.version, b.true_positives, b.true_negatives) == ("b", 2, 12)
    assert b.interval.low < b.auroc < b.interval.high
    assert result.difference.low > 0


def test_a_spot_counts_once_with_its_newest_settled_photo(make_case):
    lesion = make_case(0.1, verdicts=["agree"]).lesion
    newest = make_case(0.4, verdicts=["agree", "agree"], lesion=lesion)
    make_case(0.4, lesion=lesion)
    assert [case.screening for case in comparison.compare("a", "b").settled] == [newest]


def test_few_cases_have_no_interval(make_case):
    make_cases(make_case, 9)
    result = comparison.compare("a", "b")
    assert [figure.interval for figure in result.figures] == [None, None]
    assert result.difference is None


def test_one_case_of_each_class_gives_no_figures(make_case):
    make_cases(make_case, 1)
    result = comparison.compare("a", "b")
    assert (result.figures, result.difference, len(result.settled)) == ([], None, 2)


def test_only_the_newest_photos_are_compared(make_case, monkeypatch):
    monkeypatch.setattr(comparison, "NEWEST", 2)
    rows = [make_case() for _ in range(3)]
    result = comparison.compare("a", "b")
    assert [case.screening for case in result.cases] == rows[:0:-1]
    assert result.is_cut


def test_many_cases_take_no_more_queries_than_few(make_case):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            comparison.compare("a", "b")
        return len(captured)

    make_cases(make_case, 1)
    few = queries()
    make_cases(make_case, 5)
    assert queries() == few
