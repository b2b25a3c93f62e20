"""`python -m ml refit`: a published network with a new card, fitted to data anew."""

import shutil
from dataclasses import replace
from pathlib import Path

from ml import publish, scores
from ml.data.cache import Dataset
from ml.serving import card
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

    The network stays as it is, to the byte.

    Raises:
        ModelError: the published model is damaged.
        OperatorError: the folder is there already, or the data does not suffice.
    """
    old = card.read(published)
    with publish.fresh_folder(folder) as fresh:
        for file in (KERAS, LITERT):
            shutil.copy(published / file, fresh)
        network = Network(fresh / LITERT, old.zooms, old.diagnoses)
        fitted = publish.fit(network, data, {}, read_test=read_test)
        files, today = publish.checksums(fresh), publish.today()
        new = fitted.on(replace(old, version=folder.name, created=today, files=files))
        scores.write(fitted.scores, fresh)
        if read_test:
            new = publish.with_external(Classifier(network, new), external)
        new.write(fresh)
    return new
