from dataclasses import replace

import numpy as np
import pytest

from ml.evaluation import bootstrap, kind_report
from ml.evaluation.subgroups import decisions
from ml.serving.card import Interval
from tests.ml.cards import KIND
from tests.ml.evaluation.subgroups.answers import answers
from tests.ml.scoring import make_scored


@pytest.fixture(autouse=True)
def _few_rounds(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 20)


def test_the_most_certain_answers_are_better_than_all_answers():
    scored, half = make_scored(), Interval(0.5, 0.4, 0.6)
    table = replace(KIND, urgent=half, soon=half)
    all_answers = kind_report.of_scores(scored, table)
    selections = [*decisions.selective("camera", scored, all_answers, table)]
    assert [selection.answered for selection in selections] == [*decisions.ANSWERED]
    everybody, *_, surest = selections
    youden = [
        selection.figures["cancer_flagged"].value - selection.figures["benign_flagged"].value
        for selection in (everybody, surest)
    ]
    assert youden[1] > youden[0]


def test_a_perfect_model_has_a_net_benefit_of_every_cancer_in_100_photos():
    benefits = {
        (benefit.share, benefit.wanted): benefit
        for benefit in decisions.net_benefits("c", answers(40), KIND)
    }
    assert benefits[0.1, 0.1].figures["tiers"].value == 10
    assert benefits[0.01, 0.1].figures["tiers"].value == 1


def test_sending_everybody_has_no_net_benefit_if_prevalence_is_the_threshold_probability():
    benefits = {
        (benefit.share, benefit.wanted): benefit
        for benefit in decisions.net_benefits("c", answers(40), KIND)
    }
    assert benefits[0.1, 0.1].everyone == benefits[0.01, 0.01].everyone == 0
    assert benefits[0.01, 0.1].everyone == -10
    assert benefits[0.1, 0.01].everyone == pytest.approx(9.0909, abs=1e-3)


def test_a_refused_cancer_adds_no_net_benefit():
    benefit = next(decisions.net_benefits("c", answers(40, refused=10), KIND))
    assert benefit.figures["tiers"].value == benefit.figures["figure"].value == 0.5


def test_an_unnecessary_visit_costs_more_with_a_higher_threshold_probability():
    photos = answers(40)
    all_urgent = photos._replace(landing=np.repeat("urgent", 40))
    low, high = (
        next(
            benefit
            for benefit in decisions.net_benefits("c", all_urgent, KIND)
            if benefit.wanted == wanted
        )
        for wanted in decisions.WANTED
    )
    assert high.figures["tiers"].value < low.figures["tiers"].value == low.everyone
