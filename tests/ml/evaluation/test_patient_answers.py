import pytest

from ml.evaluation import patient_answers
from ml.evaluation.patient_answers import YesCount
from ml.report import patient_answers_chapter
from tests.ml.running import run

COLUMNS = ("bleed", "changed", "grew", "hurt", "itch", "elevation", "skin_cancer_history")


def row(dx, lesion, **cells):
    unknown = dict.fromkeys(COLUMNS, "")
    return {"dx": dx, "patient_id": "1", "lesion_id": str(lesion), **unknown, **cells}


@pytest.fixture
def answers():
    table = [
        row("mel", 1, bleed="yes", changed="no"),
        row("mel", 1, bleed="yes", changed="no"),  # another photo of the same lesion
        row("akiec", 2, bleed="no", changed="yes"),
        row("bcc", 3),
        row("nv", 4, bleed="no"),
        row("bkl", 5, bleed="yes"),
    ]
    return {answer.question: answer for answer in patient_answers.measure(table)}


def test_a_lesion_counts_once_and_unknown_answers_do_not_count(answers):
    assert answers["bleeds"].cancers == YesCount(1, 2)
    assert answers["bleeds"].benign == YesCount(1, 2)
    assert answers["hurts"].cancers == YesCount(0, 0)


def test_one_yes_is_enough_for_a_question_about_two_signs(answers):
    assert answers["has changed or bleeds"].cancers == YesCount(2, 2)


def test_recorded_counts_are_read_back_unchanged(answers, tmp_path):
    record = tmp_path / "answers.json"
    patient_answers.write(list(answers.values()), record)
    assert patient_answers.read(record) == list(answers.values())


def test_the_command_counts_the_answers_in_a_table(tmp_path):
    cells = {"image_id": "a.png"} | row("mel", 1, bleed="yes")
    (tmp_path / "table.csv").write_text(f"{','.join(cells)}\n{','.join(cells.values())}\n")
    run("patient-answers", table=tmp_path / "table.csv", record=tmp_path / "answers.json")
    cancers = {
        answer.question: answer.cancers
        for answer in patient_answers.read(tmp_path / "answers.json")
    }
    assert cancers["bleeds"] == YesCount(1, 1)


def test_the_chapter_has_shares_with_intervals(tmp_path):
    record = tmp_path / "answers.json"
    counted = [patient_answers.Answer("bleeds", YesCount(30, 100), YesCount(5, 100))]
    patient_answers.write(counted, record)
    text = patient_answers_chapter.chapter(record)
    assert "| bleeds | 30 % (22–40) of 100 | 5 % (2–11) of 100 |" in text
    assert "“Cancer” includes actinic keratosis, which can become cancer." in text
