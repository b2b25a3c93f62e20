"""`python -m ml refit`: writes a published network with a new card, fitted to data again."""

import shutil
from dataclasses import replace
from pathlib import Path

from ml.data.cache import Dataset
from ml.evaluation import score_table
from ml.export import model_folder
from ml.serving import card_files
from ml.serving.card import KERAS, LITERT, Card
from ml.serving.classifier import Classifier, Network


def refit(
    published: Path,
    data: Dataset,
    external: dict[str, tuple[Path, Path]],
    folder: Path,
    *,
    read_test: bool,
) -> Card:
    """Write a published model as another version with a new card; return the card.

    The network does not change by a byte.

    Raises:
        ModelError: the published model is damaged.
        OperatorError: the folder exists already, or there is too little data.
    """
    old = card_files.read(published)
    with model_folder.fresh_folder(folder) as fresh:
        for file in (KERAS, LITERT):
            shutil.copy(published / file, fresh)
        network = Network(fresh / LITERT, old.zooms, old.diagnoses)
        fitted = model_folder.fit(network, data, {}, read_test=read_test)
        files, today = model_folder.checksums(fresh), model_folder.today()
        new = fitted.on(replace(old, version=folder.name, created=today, files=files))
        score_table.write(fitted.scores, fresh)
        if read_test:
            new = model_folder.with_external(Classifier(network, new), external)
        new.write(fresh)
    return new
