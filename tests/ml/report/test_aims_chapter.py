import json
from dataclasses import replace

import pytest

from ml.evaluation import validate
from ml.evaluation.validate import Validation
from ml.labels import Kind
from ml.report import aims_chapter
from ml.report.aims_chapter import Aim
from ml.serving.card import LITERT, Interval
from tests.ml.cards import KIND, REPORT, make_card


@pytest.fixture
def write(tmp_path):
    """Return a function that writes the chapter of a card with some figures on HAM10000."""
    (tmp_path / LITERT).write_bytes(b"a network")

    def write(**figures):
        metrics = {
            name: Interval(value, value - 0.1, value + 0.1) for name, value in figures.items()
        }
        reports = {"test, ham10000": replace(REPORT, metrics=metrics)}
        card = make_card(kinds={Kind.DERMOSCOPIC: replace(KIND, reports=reports)})
        return aims_chapter.chapter(tmp_path, card, tmp_path)

    return write


def test_each_aim_is_listed_as_met_missed_or_not_measured(write):
    text = write(cancer_auroc=0.95, melanoma_auroc=0.89)
    assert "| HAM10000: AUROC, cancer | ≥ 0.93 | 0.950 (0.850–1.050) | met |" in text
    assert "| HAM10000: AUROC, melanoma | ≥ 0.9 | 0.890 (0.790–0.990) | **missed** |" in text
    assert "| UDA-1: AUROC, melanoma | ≥ 0.84 | – | not measured |" in text
    assert "Missed: HAM10000: AUROC, melanoma." in text


def test_records_of_another_model_do_not_count(write, tmp_path):
    aurocs = {"pen marks": {"as they are": 0.9, "painted over": 0.8}}
    row = "| change of AUROC with pen marks painted over (valid) | ≤ 0.02 |"
    for model, cells in (("another", "– | not measured |"), ("test-1", "0.1 | **missed** |")):
        (tmp_path / "shortcuts.json").write_text(json.dumps({"model": model, **aurocs}))
        assert f"{row} {cells}" in write()


def test_the_last_network_measured_on_all_of_a_left_out_source_counts(write, tmp_path):
    for auroc, splits in ((0.7, ["train"]), (0.8, ["train", "valid"]), (0.9, ["valid"])):
        attempt = Validation("", "once", splits, {"pad_ufes20, camera": {"cancer": auroc}})
        validate.append(attempt, tmp_path / "validations.jsonl")
    assert "AUROC, cancer (train and valid) | ≥ 0.78 | 0.8 | met |" in write()


@pytest.mark.parametrize(
    ("value", "met"), [(-0.3, False), (-0.25, True), (0.25, True), (0.3, False)]
)
def test_an_aim_may_have_two_limits(value, met):
    aim = Aim("intercept", -0.25, 0.25, lambda _: value)
    assert aim.limits == "−0.25 to 0.25"
    assert aim.is_met(value) is met
