"""A miniature HAM10000, and a network that is small enough to train in seconds."""

import csv
import zipfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from ml.__main__ import main
from ml.architectures import classifier_network, efficientnet
from ml.architectures.efficientnet import Stage
from ml.data import cache
from ml.evaluation import bootstrap, metrics
from ml.export import gate_fit, gate_heads, thresholds
from ml.labels import DIAGNOSES
from ml.preprocessing.network_input import HEIGHT, WIDTH
from ml.segmentation.outliner import Outliner
from tests.ml.outlining import CARD, SeesDarkness
from tests.pictures import dermoscopy_like

SPLITS = ("train", "train", "valid", "test")


def jpeg(picture):
    stream = BytesIO()
    picture.save(stream, "JPEG", quality=90)
    return stream.getvalue()


@pytest.fixture(scope="session")
def ham_folder(tmp_path_factory):
    """56 pictures of 28 lesions in HAM10000's layout: a table, a folder and a zip file."""
    folder = tmp_path_factory.mktemp("ham")
    (folder / "part_1").mkdir()
    rows = []
    with zipfile.ZipFile(folder / "part_2.zip", "w") as archive:
        for lesion in range(28):
            row = {"lesion_id": f"HAM_{lesion:07}", "dx": DIAGNOSES[lesion % 7]}
            row["split"] = SPLITS[lesion // 7]
            sharp = jpeg(dermoscopy_like(lesion, (224, 224)))
            (folder / "part_1" / f"ISIC_{lesion:07}.jpg").write_bytes(sharp)
            small = jpeg(dermoscopy_like(lesion + 100, (200, 150)))
            archive.writestr(f"ISIC_{lesion + 100:07}.jpg", small)
            rows += [row | {"image_id": f"ISIC_{n:07}"} for n in (lesion, lesion + 100)]
    with (folder / "HAM10000_metadata.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.fixture(scope="session")
def masks_folder(tmp_path_factory):
    """A mask for every picture: its middle is the lesion."""
    folder = tmp_path_factory.mktemp("masks")
    mask = Image.new("1", (300, 225))
    mask.paste(1, (75, 56, 225, 169))
    for lesion in range(28):
        for number in (lesion, lesion + 100):
            mask.save(folder / f"ISIC_{number:07}_segmentation.png")
    return folder


@pytest.fixture(scope="session")
def cache_folder(ham_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    cache.write(ham_folder, folder, seed=0)
    return folder


@pytest.fixture
def data(cache_folder):
    return cache.read(cache_folder)


@pytest.fixture(scope="session")
def folders(ham_folder, tmp_path_factory):
    """The miniature HAM10000 in class folders, under the write-up's leaky protocol."""
    folder = tmp_path_factory.mktemp("original") / "folders"
    assert main(["multiply", "--data", str(ham_folder), "--folders", str(folder)]) == 0
    return folder


@pytest.fixture
def outliner():
    return Outliner(SeesDarkness(), CARD)


def tiny_backbone(height=HEIGHT, width=WIDTH, variant="lite0", enlarged=0):
    return efficientnet.build(height, width, variant=variant, folded=True, enlarged=enlarged)


def tiny_network():
    return classifier_network.with_head(tiny_backbone(), dropout=0.0)


@contextmanager
def tiny_world():
    """Make all training and export use a network of about 2,000 weights."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(efficientnet, "STAGES", (Stage(1, 3, 2, 1, 4), Stage(1, 3, 2, 2, 4)))
        patch.setattr(efficientnet, "HEAD_FILTERS", 16)
        patch.setattr(classifier_network, "imagenet_backbone", tiny_backbone)
        # Published figures need more bootstrap samples.
        patch.setattr(metrics, "ROUNDS", 5)
        patch.setattr(bootstrap, "ROUNDS", 5)
        # The `valid` split has fewer melanomas than published thresholds need.
        patch.setattr(thresholds, "ENOUGH", 1)
        # The gate of a published model needs more pictures.
        patch.setattr(gate_fit, "DRAWINGS", 8)
        for name in ("OUTLINED", "MADE", "AUGMENTED"):
            patch.setattr(gate_heads, name, {"train": 8, "valid": 8})
        yield


@pytest.fixture
def tiny():
    with tiny_world():
        yield


@pytest.fixture(scope="session")
def model_folder(ham_folder, tmp_path_factory):
    """A model folder made by the commands from raw pictures."""
    home = tmp_path_factory.mktemp("published")
    cache_, run, model = (str(home / name) for name in ("cache", "run", "tiny-7"))
    pictures, labels = str(ham_folder / "part_1"), home / "labels.csv"
    labels.write_text(
        "image_id,melanoma\n" + "".join(f"ISIC_{n:07},{int(n % 7 == 0)}\n" for n in range(28))
    )
    options = ["--cache", cache_, "--run", run]
    with tiny_world():
        assert main(["prepare", "--data", str(ham_folder), "--cache", cache_]) == 0
        assert main(["train", *options, "--smoke"]) == 0
        options += ["--model", model, "--others", pictures]
        options += ["--external", "elsewhere", pictures, str(labels)]
        options += ["--read-test", "--readings", str(home / "readings.jsonl")]
        assert main(["export", *options]) == 0
    return Path(model)
