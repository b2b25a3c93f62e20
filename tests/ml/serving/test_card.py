import json
from dataclasses import replace
from hashlib import sha256

import pytest

from ml.labels import DIAGNOSES, Diagnosis, Kind
from ml.paths import LINEAGE
from ml.serving import card, card_files
from ml.serving.card import Bin, Interval, ModelError, Unlike
from ml.serving.shares import AGE, Named, Share
from tests.ml.cards import KIND, make_card

WEIGHTS = b"weights"
FILES = {"model.tflite": sha256(WEIGHTS).hexdigest()}
CARD = make_card(
    files=FILES,
    kinds={
        Kind.DERMOSCOPIC: replace(
            KIND, unlike=Unlike(9.0, {"bcc": {"caught": Interval(0.1, 0.0, 0.2)}}, is_served=True)
        ),
        Kind.CAMERA: replace(
            KIND,
            out_of_fold=("urgent",),
            named={Diagnosis.MEL: Named(Share(6, 10, 8), None)},
            flagged={AGE: {"under 40": Share(20, 30, 25)}},
            weak_ages=("under 40",),
        ),
    },
    kind_limits=(-1.0, 2.0),
)
# The form of an early card, without kinds of photo.
OLD = {
    "version": "old-1",
    "created": "2025-01-31",
    "architecture": "tiny",
    "labels": ["not_melanoma", "melanoma"],
    "diagnoses": ["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"],
    "files": FILES,
    "data": {"name": "HAM10000", "licence": "", "citation": "", "images": {"train": 8}},
    "height": 150,
    "width": 200,
    "calibration": {"slope": 1.0, "intercept": 0.0},
    "threshold": 0.2,
    "margin": [0.1, 0.3],
    "frequencies": [],
    "gate": {},
    "reports": {},
    "limits": ["none"],
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model.tflite").write_bytes(WEIGHTS)
    CARD.write(tmp_path)
    return tmp_path


def change(folder, **values):
    path = folder / card.NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_card_is_read_back_unchanged(folder):
    assert card_files.read(folder) == card_files.read_served(folder) == CARD


@pytest.mark.parametrize(
    "findings", ["{", "[]", '{"sonar": {}}', '{"camera": {"named": {"flu": {}}}}']
)
def test_malformed_findings_and_findings_about_unknown_names_are_refused(folder, findings):
    (folder / card_files.FINDINGS).write_text(findings)
    with pytest.raises(ModelError, match="cannot be read"):
        card_files.read(folder)


def test_findings_do_not_change_decisions(folder):
    never = {"value": 2.0, "low": 2.0, "high": 2.0}
    (folder / card_files.FINDINGS).write_text(
        json.dumps({"camera": {"urgent": never, "soon": never}})
    )
    assert card_files.read(folder) == CARD


def test_findings_about_a_kind_without_training_are_left_out(folder):
    replace(CARD, kinds={}).write(folder)
    (folder / card_files.FINDINGS).write_text('{"camera": {}}')
    assert not card_files.read(folder).kinds


def test_an_early_card_is_read_and_has_no_kind_of_photo(folder):
    (folder / card.NAME).write_text(json.dumps(OLD))
    early = card_files.read(folder)
    assert (early.version, early.kinds, early.diagnoses[0]) == ("old-1", {}, Diagnosis.AKIEC)
    assert not early.teaches([Kind.DERMOSCOPIC])


def test_an_early_card_is_not_served_and_the_error_says_what_to_do(folder):
    (folder / card.NAME).write_text(json.dumps(OLD))
    with pytest.raises(ModelError, match=r"no tiers for any kind of photo.*python -m ml refit"):
        card_files.read_served(folder)


@pytest.mark.parametrize(
    ("logit", "kinds"),
    [
        (2.0, {Kind.DERMOSCOPIC}),
        (1.9, {*Kind}),
        (-1.0, {*Kind}),
        (-1.1, {Kind.CAMERA}),
        (None, set()),
    ],
)
def test_a_logit_between_the_limits_allows_both_kinds_of_photo(logit, kinds):
    assert CARD.possible_kinds(logit) == kinds


def test_a_card_without_kind_limits_allows_no_kind_of_photo():
    assert make_card().possible_kinds(5.0) == set()


def test_a_card_teaches_kinds_if_at_least_one_is_given_and_all_have_figures():
    assert make_card().teaches({Kind.DERMOSCOPIC})
    assert not make_card().teaches({*Kind})
    assert not make_card().teaches(set())


def test_a_threshold_outside_its_interval_is_refused(folder):
    kinds = {"camera": json.loads((folder / card.NAME).read_text())["kinds"]["camera"]}
    kinds["camera"]["soon"] |= {"low": 0.21}
    change(folder, kinds=kinds)
    with pytest.raises(ModelError, match="python -m ml export"):
        card_files.read(folder)


def test_an_interval_includes_its_lower_end_and_not_its_upper_end():
    assert 0.1 in Interval(0.2, 0.1, 0.3)
    assert 0.3 not in Interval(0.2, 0.1, 0.3)


def test_a_frequency_is_at_least_1_in_100():
    assert Bin(0.0, 0.1, 300, 0).per_100 == 1


def test_frequencies_are_rounded_up():
    assert Bin(0.0, 0.1, 300, 4).per_100 == 2


def test_the_error_names_a_missing_folder(tmp_path):
    with pytest.raises(ModelError, match=r"No model in .*nowhere.*restore"):
        card_files.read(tmp_path / "nowhere")


def test_the_error_names_a_missing_file(folder):
    (folder / "model.tflite").unlink()
    with pytest.raises(ModelError, match=r"model\.tflite is missing"):
        card_files.read(folder)


def test_the_error_names_a_changed_file(folder):
    (folder / "model.tflite").write_bytes(b"other weights")
    with pytest.raises(ModelError, match=r"model\.tflite is damaged"):
        card_files.read(folder)


@pytest.mark.parametrize("names", [["melanoma"], list("abcdefg"), list(DIAGNOSES[1:])])
def test_a_card_with_unknown_diagnoses_or_without_melanoma_is_refused(folder, names):
    change(folder, diagnoses=names)
    with pytest.raises(ModelError, match="names unknown diagnoses, or no melanoma"):
        card_files.read(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"diagnoses": 3}', "nonsense"])
def test_the_error_for_an_unreadable_card_says_to_export_the_model_again(folder, text):
    (folder / card.NAME).write_text(text)
    with pytest.raises(ModelError, match="python -m ml export"):
        card_files.read(folder)


def test_every_earlier_classifiers_card_is_read_without_its_files():
    versions = sorted(path.stem for path in LINEAGE.glob("lite*.json"))
    assert len(versions) >= 6
    assert [card_files.of_lineage(version).version for version in versions] == versions


@pytest.mark.parametrize("version", ["", "lite0-0", "outline-1", "../artefacts/lite0-8/card"])
def test_a_card_is_found_only_for_the_version_of_an_earlier_classifier(version):
    assert card_files.of_lineage(version) is None
