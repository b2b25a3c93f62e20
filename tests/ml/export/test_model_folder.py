import numpy as np
import pytest

from ml.data.cache import Dataset
from ml.data.ground_truth import BENIGN, NOT_MELANOMA
from ml.errors import OperatorError
from ml.evaluation import bootstrap
from ml.export import model_folder, thresholds
from ml.labels import DIAGNOSES, HAM10000_OUTPUTS, Kind
from ml.serving.classifier import Scores
from ml.serving.odds import in_order
from tests.pictures import dermoscopy_like


@pytest.fixture(autouse=True)
def few_rounds(monkeypatch):
    monkeypatch.setattr(bootstrap, "ROUNDS", 5)
    monkeypatch.setattr(thresholds, "ENOUGH", 4)


class Knowing:
    """A network that reads the diagnosis and the kind from a picture's first pixels."""

    def score(self, view):
        logits = np.zeros(7)
        logits[HAM10000_OUTPUTS.index(DIAGNOSES[view[0, 0, 0]])] = 4
        kind = 3.0 if view[0, 1, 0] else -3.0
        return Scores(in_order(logits, HAM10000_OUTPUTS), np.array([5.0, 5.0]), kind)


ROWS = [
    *(("train", "ham10000", Kind.DERMOSCOPIC) for _ in range(13)),
    ("train", "derm7pt", Kind.CAMERA),
    *(("valid", "ham10000", Kind.DERMOSCOPIC) for _ in range(28)),
    *(("valid", "derm7pt", Kind.CAMERA) for _ in range(28)),
    *(("test", "ham10000", Kind.DERMOSCOPIC) for _ in range(14)),
    *(("test", "isic_uda1", Kind.DERMOSCOPIC) for _ in range(14)),
]


@pytest.fixture
def dataset():
    """Pictures of three sources, one of which is never used for training."""
    count = len(ROWS)
    splits, sources, kinds = (np.array(column) for column in zip(*ROWS, strict=True))
    diagnoses = np.arange(count) % 7
    pixels = np.stack([np.asarray(dermoscopy_like(n % 8, (200, 150))) for n in range(count)])
    pixels[:, 0, 0], pixels[:, 0, 1] = diagnoses[:, None], (kinds == "dermoscopic")[:, None]
    ids = [f"p{n}" for n in range(count)]
    names, frames = np.array(ids), np.zeros((count, 4))
    widths = np.full(count, 200)
    return Dataset(ids, pixels, diagnoses, widths, splits, names, sources, kinds, names, frames)


def fit(dataset, **options):
    return model_folder.fit(Knowing(), dataset, {}, **{"read_test": True} | options)


def test_each_kind_is_fitted_separately(dataset):
    fitted = fit(dataset)
    assert set(fitted.kinds) == {*Kind}
    assert fitted.kinds[Kind.CAMERA].reports["valid"].images == 28
    low, high = fitted.kind_limits
    assert -3 <= low < high <= 3
    assert fitted.kind_sight["derm7pt, camera"]["right"].value == 1


def test_the_test_split_is_not_read_without_permission(dataset):
    views = []

    class Watching(Knowing):
        def score(self, view):
            views.append(view)
            return super().score(view)

    fitted = model_folder.fit(Watching(), dataset, {}, read_test=False)
    assert len(views) == 56
    assert {name for table in fitted.kinds.values() for name in table.reports} == {"valid"}
    assert {score.dataset for score in fitted.scores} == {"valid"}


def test_a_source_that_is_never_used_for_training_has_its_own_report(dataset):
    reports = fit(dataset).kinds[Kind.DERMOSCOPIC].reports
    assert {name: report.images for name, report in reports.items()} == {
        "valid": 28, "test": 14, "isic_uda1": 14,
    }  # fmt: skip


def test_several_sources_are_reported_together_and_individually(dataset):
    dataset.splits[:7], dataset.sources[:7] = "valid", "isic_msk"
    dataset.sources[7] = "isic_msk"
    reports = fit(dataset, read_test=False).kinds[Kind.DERMOSCOPIC].reports
    assert {name: report.images for name, report in reports.items()} == {
        "valid": 35, "valid, ham10000": 28, "valid, isic_msk": 7,
    }  # fmt: skip


def test_every_measured_photo_has_its_score(dataset):
    scores = fit(dataset).scores
    assert len(scores) == 56 + 28
    assert {(score.dataset, score.source) for score in scores} == {
        ("valid", "ham10000"), ("valid", "derm7pt"), ("test", "ham10000"), ("test", "isic_uda1"),
    }  # fmt: skip
    assert all(score.is_flagged for score in scores if score.is_melanoma)


def test_photos_without_known_cancer_status_are_left_out(dataset):
    dataset.diagnoses[14:16] = NOT_MELANOMA, BENIGN
    rows = model_folder.rows_of(dataset, "valid", Kind.DERMOSCOPIC)
    assert rows.tolist() == [*range(15, 42)]


def test_data_can_be_restricted_to_some_sources(dataset):
    restricted = model_folder.only(dataset, ["ham10000"])
    assert len(model_folder.rows_of(restricted, "test", Kind.DERMOSCOPIC)) == 14
    with pytest.raises(OperatorError, match="no picture of mine or yours"):
        model_folder.only(dataset, ["mine", "yours"])


def test_a_kind_with_too_few_melanomas_is_not_taught(dataset, capsys):
    camera = np.flatnonzero((dataset.splits == "valid") & (dataset.kinds == "camera"))
    dataset.diagnoses[camera] = DIAGNOSES.index("bcc")
    fitted = fit(dataset)
    assert set(fitted.kinds) == {Kind.DERMOSCOPIC}
    assert set(fitted.kind_sight) == {"ham10000, dermoscopic", "derm7pt, camera"}
    assert (
        "Camera photos get no tiers: too few for thresholds (0 melanomas instead of 4"
        in capsys.readouterr().out
    )
