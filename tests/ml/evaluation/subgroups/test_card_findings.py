from dataclasses import replace

import pytest

from ml.errors import OperatorError
from ml.evaluation.subgroups import card_findings, namings, subgroup_record
from ml.evaluation.subgroups.namings import Naming
from ml.evaluation.subgroups.subgroup_figures import Subgroup
from ml.evaluation.subgroups.subgroup_record import Record
from ml.labels import Diagnosis, Kind
from ml.paths import DEFAULT_MODEL, RECORDS
from ml.serving import card, card_files
from ml.serving.shares import AGE, SKIN, Named, Share
from tests.ml.cards import make_card


def by_age(age, flagged):
    return Subgroup("dermoscopic", AGE, age, 90, 30, 40, flagged, {})


RECORD = Record(
    "test-1",
    "valid",
    [
        by_age("under 40", Share(35, 40, 20)),
        by_age("40 to 59", Share(20, 40, 19)),
        by_age("60 and over", Share(36, 40, 40)),
        Subgroup("dermoscopic", SKIN, "I and II", 90, 30, 40, Share(38, 40, 40), {}),
        Subgroup("dermoscopic", "sex", "female", 90, 0, 0, None, {}),
    ],
    [],
    [],
    [
        Naming("dermoscopic", "mel", namings.FIRST, Share(30, 50, 40)),
        Naming("camera", "mel", namings.FIRST, Share(1, 2, 2)),
        # The card has no validated figures for this diagnosis.
        Naming("dermoscopic", "scc", namings.FIRST, Share(0, 50, 40)),
    ],
    [],
)


@pytest.fixture
def folder(tmp_path):
    make_card().write(tmp_path)
    return tmp_path


def test_findings_do_not_change_the_cards_file(folder):
    before = (folder / card.NAME).read_bytes()
    card_findings.add(folder, RECORD)
    assert (folder / card.NAME).read_bytes() == before


def test_findings_say_how_often_a_named_diagnosis_was_right(folder):
    added = card_findings.add(folder, RECORD)
    assert card_files.read(folder) == added
    named = added.kinds[Kind.DERMOSCOPIC].named
    assert named == {Diagnosis.MEL: Named(Share(30, 50, 40), None)}


def test_skin_types_and_ages_have_counts_and_weak_ages_need_enough_lesions(folder):
    table = card_findings.add(folder, RECORD).kinds[Kind.DERMOSCOPIC]
    assert table.flagged[SKIN] == {"I and II": Share(38, 40, 40)}
    assert len(table.flagged[AGE]) == 3
    assert table.weak_ages == ("under 40",)


@pytest.mark.parametrize("other", [{"model": "test-2"}, {"split": "test"}])
def test_a_record_of_another_model_or_split_is_refused(folder, other):
    with pytest.raises(OperatorError, match="python -m ml subgroups"):
        card_findings.add(folder, replace(RECORD, **other))
    assert card_files.read(folder) == make_card()


def test_the_served_models_findings_agree_with_the_committed_record(tmp_path):
    served = card_files.read(DEFAULT_MODEL)
    bare = {
        kind: replace(table, named={}, flagged={}, weak_ages=())
        for kind, table in served.kinds.items()
    }
    replace(served, files={}, kinds=bare).write(tmp_path)
    record = subgroup_record.read(RECORDS / "subgroups.json")
    assert card_findings.add(tmp_path, record).kinds == served.kinds
