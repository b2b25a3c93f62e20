"""Makes a model folder from a training run: converts, calibrates, measures, and writes the card."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from ml.architectures import classifier_network, litert
from ml.data import provenance, run_settings
from ml.data.cache import Dataset
from ml.data.ham10000 import SPLITS
from ml.errors import OperatorError
from ml.evaluation import gate_report, score_table
from ml.export import convert, gate_fit, gate_heads, model_folder, out_of_fold
from ml.export.gate_heads import RefusedPictures
from ml.labels import outputs
from ml.preprocessing.network_input import HEIGHT, SCALES, WIDTH
from ml.serving.card import KERAS, LITERT, Card, Source
from ml.serving.classifier import Classifier, Network
from ml.training.training_loop import BEST


class Sets(NamedTuple):
    """What an export needs besides the pictures of training."""

    refused: RefusedPictures  # pictures that the gate should refuse
    external: dict[str, tuple[Path, Path]]  # name -> pictures, labels; only for measuring
    # sources, each with a run that was trained without it
    left_out: Sequence[tuple[str, Path]] = ()


def export(data: Dataset, run: Path, sets: Sets, folder: Path, *, read_test: bool) -> Card:
    """Write the run's best network as a model folder and return its card.

    The gate's heads are fitted to the `train` split, and the calibration and limits to the `valid`
    split. Thresholds are set on the `valid` split or on out-of-fold scores. The `test` split and
    the external sets are measured only with `read_test`.

    Raises:
        OperatorError: the run has no trained network yet or was trained on other splits, the folder
            exists, or a set is missing.
    """
    if not (run / BEST).exists():
        raise OperatorError(f"No trained network in {run}: run `python -m ml train` first.")
    run_settings.require_splits(run, data)
    trained = keras.saving.load_model(run / BEST, compile=False)
    with model_folder.fresh_folder(folder) as fresh:
        _write_files(data, trained, sets.refused, fresh)
        card = _describe(data, trained, fresh)
        network = Network(fresh / LITERT, card.zooms, card.diagnoses)
        unseen = out_of_fold.score(data, sets.left_out)
        fitted = model_folder.fit(network, data, unseen, read_test=read_test)
        card = _with_gate(data, sets.refused, Classifier(network, fitted.on(card)))
        score_table.write(fitted.scores, fresh)
        if read_test:
            card = model_folder.with_external(Classifier(network, card), sets.external)
        card.write(fresh)
    return card


def _with_gate(data: Dataset, refused: RefusedPictures, classifier: Classifier) -> Card:
    """Return the card with the shares of pictures that the gate refuses, by content."""
    kinds = {
        kind: replace(
            table,
            strange=gate_report.measure(classifier, kind, gate_heads.measured(data, refused, kind)),
        )
        for kind, table in classifier.card.kinds.items()
    }
    return replace(classifier.card, kinds=kinds)


def convert_anew(published: Path, folder: Path) -> Card:
    """Write a copy of a published model with a newly converted LiteRT file; return its card.

    This is needed when workers call signatures that the old file lacks. Network, calibration and
    figures stay, and the card gets the new folder's name and today's date. For
    drawings (see `gate_fit.drawn_views`), both files must give the same logits, lesion odds and
    kinds, bit for bit.

    Raises:
        ModelError: the published model cannot be served.
        OperatorError: the folder exists, or the answers of the two files differ.
    """
    old = Classifier.load(published)
    with model_folder.fresh_folder(folder) as fresh:
        shutil.copytree(published, fresh, dirs_exist_ok=True)
        convert.write_served(keras.saving.load_model(published / KERAS), fresh / LITERT)
        new = Network(fresh / LITERT, old.card.zooms, old.card.diagnoses)
        if not all(_same(old.network, new, view) for view in gate_fit.drawn_views(0)):
            raise OperatorError(
                f"{published} gives other answers after the conversion: use `export`."
            )
        files = model_folder.checksums(fresh)
        card = replace(old.card, version=folder.name, created=model_folder.today(), files=files)
        card.write(fresh)
    return card


def _same(first: Network, other: Network, view: np.ndarray) -> bool:
    ours, expected = first.score(view), other.score(view)
    same = (ours.logits == expected.logits).all() and (ours.lesion == expected.lesion).all()
    return bool(same) and ours.kind == expected.kind


def _write_files(
    data: Dataset, trained: keras.Model, refused: RefusedPictures, folder: Path
) -> None:
    rounded = convert.half_precision(trained)
    heads = gate_heads.fit(litert.runner(convert.head_inputs(rounded)), data, refused)
    model = convert.with_heads(rounded, heads)
    litert.write_keras(model, folder / KERAS)
    convert.write_served(model, folder / LITERT)


def _describe(data: Dataset, trained: keras.Model, folder: Path) -> Card:
    """Return the card without fitted values."""
    return Card(
        version=folder.name,
        created=model_folder.today(),
        architecture=classifier_network.NAMES[trained.name],
        diagnoses=outputs(trained.output_shape[-1]),
        files=model_folder.checksums(folder),
        data=tuple(_source(data, name) for name in dict.fromkeys(data.sources.tolist())),
        height=HEIGHT,
        width=WIDTH,
        kinds={},
        limits=(),
        zooms=SCALES,
    )


def _source(data: Dataset, name: str) -> Source:
    splits = data.splits[data.sources == name]
    counts = {split: int((splits == split).sum()) for split in SPLITS}
    return Source(*provenance.of(name), counts)
