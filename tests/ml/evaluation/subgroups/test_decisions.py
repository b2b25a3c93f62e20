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


def test_the_surest_answers_are_better_than_all():
    scored, half = make_scored(), Interval(0.5, 0.4, 0.6)
    table = replace(KIND, urgent=half, soon=half)
    said = kind_report.of_scores(scored, table)
    found = [*decisions.selective("camera", scored, said, table)]
    assert [one.answered for one in found] == [*decisions.ANSWERED]
    everybody, *_, surest = found
    right = [
        one.figures["cancer_flagged"].value - one.figures["benign_flagged"].value
        for one in (everybody, surest)
    ]
    assert right[1] > right[0]


def test_a_perfect_model_has_the_benefit_of_every_cancer():
    found = {(one.share, one.wanted): one for one in decisions.net_benefits("c", answers(40), KIND)}
    assert found[0.1, 0.1].figures["tiers"].value == 10
    assert found[0.01, 0.1].figures["tiers"].value == 1


def test_sending_everybody_has_no_benefit_if_wish_and_share_are_equal():
    found = {(one.share, one.wanted): one for one in decisions.net_benefits("c", answers(40), KIND)}
    assert found[0.1, 0.1].everyone == found[0.01, 0.01].everyone == 0
    assert found[0.01, 0.1].everyone == -10
    assert found[0.1, 0.01].everyone == pytest.approx(9.0909, abs=1e-3)


def test_a_refused_cancer_has_no_benefit():
    found = next(decisions.net_benefits("c", answers(40, refused=10), KIND))
    assert found.figures["tiers"].value == found.figures["figure"].value == 0.5


def test_an_unnecessary_visit_costs_more_with_a_higher_wanted_probability():
    said = answers(40)
    worried = said._replace(landing=np.repeat("urgent", 40))
    rare, common = (
        next(one for one in decisions.net_benefits("c", worried, KIND) if one.wanted == wanted)
        for wanted in decisions.WANTED
    )
    assert common.figures["tiers"].value < rare.figures["tiers"].value == rare.everyone
