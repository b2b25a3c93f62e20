"""Make a model folder from a training run: convert, calibrate, measure, and write the card."""

import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from PIL import Image
from tqdm import tqdm

from ml import architecture, calibration, convert, evaluate, gate_fit
from ml.cache import Dataset
from ml.card import Card, Report, Source
from ml.classifier import KERAS, LITERT, Classification, Classifier, Network
from ml.errors import OperatorError
from ml.labels import DIAGNOSES, MELANOMA_INDEX, Label
from ml.loop import BEST
from ml.views import HEIGHT, SCALES, WIDTH

SENSITIVITY = 0.9
# Of the valid split's lesions; the gate may refuse at most 2 % of them for all reasons together.
REFUSED_LESIONS = 0.005
HAM10000 = (
    "HAM10000",
    "CC BY-NC 4.0",
    "Tschandl, Rosendahl and Kittler, Sci. Data 5, 180161 (2018)",
)
LIMITS = (
    "Not a medical device, and no diagnosis: it can miss melanoma.",
    "Trained on dermoscopic pictures from two clinics; photos without a dermatoscope differ.",
    "Tells melanoma from six other diagnoses of HAM10000; it does not know any other disease.",
    "The pictures show mostly light skin; how it does on darker skin is not known.",
    "On pictures from another clinic it separates melanoma much less well than on its own.",
)


class Sets(NamedTuple):
    """The pictures that an export needs beside HAM10000."""

    others: Path  # photographs of anything but skin lesions, to fit the gate with
    external: dict[str, tuple[Path, Path]]  # name -> pictures, labels: measured, never fitted


def export(data: Dataset, run: Path, sets: Sets, folder: Path) -> Card:
    """Write the run's best network as a model folder and return its card.

    Calibration and threshold come from the valid split; test and external sets are only measured.

    Raises:
        OperatorError: the run has no trained network yet, or a set is missing.
    """
    if not (run / BEST).exists():
        raise OperatorError(f"No trained network in {run}: run `python -m ml train` first.")
    folder.mkdir(parents=True, exist_ok=True)
    trained = keras.saving.load_model(run / BEST)
    _write_files(data, trained, sets.others, folder)
    network = Network(folder / LITERT, SCALES)
    card = _fit_card(network, data, folder, trained.name)
    card = _measure(Classifier(network, card), data, sets)
    card.write(folder)
    return card


def convert_anew(published: Path, folder: Path) -> Card:
    """Write a published model as another one whose LiteRT file is converted anew; return its card.

    For when what a worker can ask of the file has changed. Network, calibration and figures stay;
    the card gets the new folder's name and day. That the answers are the same, to the bit, is tried
    on drawings (see `gate_fit.drawn_views`).

    Raises:
        ModelError: the published model cannot be served.
        OperatorError: the folder is there, or the new file answers otherwise than the old one.
    """
    old = Classifier.load(published)
    if folder.exists():
        raise OperatorError(f"{folder} is there: a version is written once. Give another --to.")
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        fresh = Path(name) / folder.name
        shutil.copytree(published, fresh)
        convert.write_served(keras.saving.load_model(published / KERAS), fresh / LITERT)
        new = Network(fresh / LITERT, old.card.zooms)
        if any(new.score(view) != old.network.score(view) for view in gate_fit.drawn_views(0)):
            raise OperatorError(f"{published} answers otherwise once converted anew: use `export`.")
        card = replace(old.card, version=folder.name, created=_today(), files=_checksums(fresh))
        card.write(fresh)
        fresh.rename(folder)
    return card


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _checksums(folder: Path) -> dict[str, str]:
    return {name: sha256((folder / name).read_bytes()).hexdigest() for name in (KERAS, LITERT)}


def _write_files(data: Dataset, trained: keras.Model, others: Path, folder: Path) -> None:
    folded = convert.half_precision(trained)
    lesions = data.rows("train")[:: len(data.rows("train")) // gate_fit.LESIONS + 1]
    head = gate_fit.fit_head(
        convert.backbone(folded),
        data.pixels[lesions],
        np.concatenate([gate_fit.other_views(others, 0), gate_fit.drawn_views(0)]),
    )
    model = convert.with_lesion_head(folded, head)
    convert.write_keras(model, folder / KERAS)
    convert.write_served(model, folder / LITERT)


def _fit_card(network: Network, data: Dataset, folder: Path, variant: str) -> Card:
    valid, test = data.rows("valid"), data.rows("test")
    log_odds, lesion = _scores(network, data.pixels[valid])
    truth = data.diagnoses == MELANOMA_INDEX
    fitted = calibration.fit(log_odds, truth[valid])
    scored = (fitted.probability(log_odds), truth[valid], SENSITIVITY)
    test_log_odds, _ = _scores(network, data.pixels[test])
    return Card(
        version=folder.name,
        created=_today(),
        architecture=architecture.NAMES[variant],
        labels=tuple(label.name.lower() for label in Label),
        diagnoses=DIAGNOSES,
        files=_checksums(folder),
        data=Source(*HAM10000, {s: len(data.rows(s)) for s in ("train", "valid", "test")}),
        height=HEIGHT,
        width=WIDTH,
        calibration=fitted,
        threshold=calibration.threshold(*scored),
        margin=calibration.margin(*scored),
        frequencies=calibration.frequencies(fitted.probability(test_log_odds), truth[test]),
        gate=gate_fit.quality_limits(
            data.pixels[data.rows("train")], round(float(np.quantile(lesion, REFUSED_LESIONS)), 2)
        ),
        reports={},
        limits=LIMITS,
        zooms=SCALES,
    )


def _scores(network: Network, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return log-odds of melanoma and lesion scores, each (n,), of standard views."""
    scores = [network.score(view) for view in tqdm(pixels, "calibrating", unit="image")]
    return np.array([s.log_odds for s in scores]), np.array([s.lesion for s in scores])


def _measure(classifier: Classifier, data: Dataset, sets: Sets) -> Card:
    reports = {split: _report_split(classifier, data, split) for split in ("valid", "test")}
    for name, (pictures, labels) in sets.external.items():
        reports[name] = evaluate.evaluate(classifier, pictures, labels)
    return replace(classifier.card, reports=reports)


def _report_split(classifier: Classifier, data: Dataset, split: str) -> Report:
    rows = tqdm(data.rows(split), f"measuring {split}", unit="image")
    answers = (
        (bool(data.diagnoses[row] == MELANOMA_INDEX), _classify(classifier, data.pixels[row]))
        for row in rows
    )
    return evaluate.report(answers, classifier.card.threshold)


def _classify(classifier: Classifier, view: np.ndarray) -> Classification:
    return classifier.classify(Image.fromarray(view))
