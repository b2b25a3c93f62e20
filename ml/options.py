"""What each command of `python -m ml` can be told, and what it takes where nothing is said."""

import argparse
from pathlib import Path

from ml import paths
from ml.augmentation.ranges import BY_NAME
from ml.labels import Kind
from ml.preprocessing.network_input import WIDTH

SEED = 20
AUTO = "auto"

Options = argparse.ArgumentParser | argparse._MutuallyExclusiveGroup


def prepare(add: argparse.ArgumentParser) -> None:
    source = add.add_mutually_exclusive_group()
    _path(source, "--data", paths.data_folder(), "HAM10000's table and its image folders or zips")
    _class_folders(source)
    _path(add, "--cache", paths.cache_folder(), "folder to write")
    add.add_argument("--seed", type=int, default=SEED, help="of the split, if the table has none")


def multiply(add: argparse.ArgumentParser) -> None:
    _path(add, "--data", paths.data_folder(), "HAM10000's table and its image folders or zips")
    _path(add, "--folders", None, "folder to write")
    add.add_argument("--seed", type=int, default=SEED, help="of what is drawn at random")


def audit(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _class_folders(add)


def tune(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.original_cache_folder(), "what `prepare` wrote")
    _path(add, "--searches", paths.work_folder() / "searches", "what a killed search goes on from")
    _path(add, "--record", paths.RECORDS / "tuning" / "bayesian", "folder to write")
    add.add_argument("--search", choices=("bayesian", "hyperband"), default="bayesian")
    add.add_argument("--trials", type=int, default=12, help="of the Bayesian search")
    add.add_argument("--epochs", type=int, default=4, help="of a trial, at most")
    add.add_argument("--images", type=int, default=3000, help="to train a trial on")
    add.add_argument("--seed", type=int, default=SEED, help="of what is drawn at random")
    add.add_argument("--smoke", action="store_true", help="seconds that only show that it works")


def compare(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.original_cache_folder(), "what `prepare` wrote")
    _path(add, "--runs", paths.work_folder() / "compare", "folder of the runs")
    _path(add, "--records", paths.RECORDS, "folder to write")
    _path(add, "--tuned", paths.RECORDS / "tuning", "what `tune` recorded of both searches")
    _protocol(add)
    _read_test(add)
    add.add_argument("--smoke", action="store_true", help="a minute that only shows that it works")


def attempt(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _networks(add)
    _path(add, "--record", None, "JSON file to write")
    add.add_argument("--title", required=True, help="what was tried")
    add.add_argument("--epochs", type=int, default=0, help="that it was trained for")
    add.add_argument("--seed", type=int, default=SEED, help="of what is drawn at random")
    looking = ("once", "mirrored", "at-scales")
    add.add_argument("--looking", choices=looking, default="once", help="which views to average")
    _protocol(add)
    _external(add)
    _read_test(add)


def validate(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _networks(add)
    _path(add, "--record", paths.RECORDS / "validations.jsonl", "file to append a line to")
    add.add_argument("--title", required=True, help="what was tried")
    looking = ("once", "mirrored", "at-scales")
    add.add_argument("--looking", choices=looking, default="at-scales", help="views to average")
    add.add_argument("--source", default="", help="measure on this data set alone")
    add.add_argument("--splits", nargs="+", choices=("train", "valid"), default=["valid"])


def neighbours(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.original_cache_folder(), "what `prepare` wrote")
    _path(add, "--runs", paths.work_folder() / "compare", "what `compare` trained")
    _path(add, "--records", paths.RECORDS, "what it wrote, and where to write")
    add.add_argument("--of", default="fine-tuned", help="the network that is combined with them")
    _protocol(add)
    _read_test(add)


def results(add: argparse.ArgumentParser) -> None:
    _path(add, "--records", paths.RECORDS, "what `compare`, `attempt` and `tune` wrote")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _path(add, "--docs", Path("docs"), "folder to write")


def _protocol(add: argparse.ArgumentParser) -> None:
    add.add_argument("--protocol", choices=("original", "by lesion"), default="original")


def train(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--run", paths.run_folder(), "folder of this run")
    add.add_argument("--epochs", type=int, default=14)
    add.add_argument("--rate", type=float, default=4e-4, help="highest learning rate")
    add.add_argument("--backbone", choices=("lite0", "lite2", "cnn"), default="lite0")
    add.add_argument("--mixup", type=float, default=0.0, help="alpha of mixup, 0 for none")
    _ranges(add, "anywhere")
    add.add_argument("--left-out", nargs="+", default=[], help="sources that are not trained on")
    add.add_argument("--frozen", type=int, default=0, help="first blocks that keep their weights")
    add.add_argument("--width", type=int, default=WIDTH, help="to which the network enlarges, px")
    add.add_argument("--start", default="", help="a best.keras to go on from, not ImageNet's")
    add.add_argument("--teachers", nargs="+", default=[], help=".keras files to learn from too")
    add.add_argument("--seed", type=int, default=SEED, help="of what is drawn at random")
    add.add_argument(
        "--leaky-protocol",
        action="store_true",
        help="train although the audit finds lesions or pictures in two splits",
    )
    add.add_argument("--smoke", action="store_true", help="a minute that only shows that it works")


def _ranges(add: argparse.ArgumentParser, default: str) -> None:
    add.add_argument("--ranges", choices=BY_NAME, default=default, help="how far augmentation goes")


def train_outline(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _masks(add)
    _path(add, "--run", paths.work_folder() / "runs" / "outline", "folder of this run")
    _others(add)
    add.add_argument("--epochs", type=int, default=14)
    add.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
    add.add_argument("--start", default="", help="a .keras to go on from, or a classifier's")
    add.add_argument("--seed", type=int, default=SEED, help="of what is drawn at random")
    add.add_argument("--smoke", action="store_true", help="a minute that only shows that it works")


def export_outline(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _masks(add)
    _path(add, "--run", paths.work_folder() / "runs" / "outline", "folder of the training run")
    _path(add, "--model", None, "folder to write; its name becomes the version")
    _path(add, "--classifier", paths.DEFAULT_MODEL, "a model folder, to compare the time with")
    add.add_argument("--every", type=int, default=1, help="measure every nth picture alone")
    _others(add)
    _external(add)


def _masks(add: argparse.ArgumentParser) -> None:
    _path(add, "--masks", paths.data_folder(), "folder or zip of HAM10000's lesion masks")


def _others(add: argparse.ArgumentParser) -> None:
    _path(add, "--others", paths.data_folder() / "not_skin_256.zip", "pictures to be refused")


def soup(add: argparse.ArgumentParser) -> None:
    _networks(add)
    add.add_argument("--shares", type=float, nargs="+", default=[], help="of each, else the same")
    _path(add, "--run", None, "folder to write")


def _networks(add: argparse.ArgumentParser) -> None:
    add.add_argument("--networks", type=Path, nargs="+", required=True, help=".keras files")


def export(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--run", paths.run_folder(), "folder of the training run")
    _path(add, "--model", None, "folder to write; its name becomes the version")
    _others(add)
    _path(add, "--outliner", paths.DEFAULT_OUTLINER, "model that says where a spot is")
    _external(add)
    add.add_argument(
        "--out-of-fold",
        nargs=2,
        action="append",
        default=[],
        metavar=("SOURCE", "RUN"),
        help="a source and the run that left it out: its thresholds where `valid` has too few",
    )
    _read_test(add)


def unlike(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--model", None, "folder of a model that nobody serves yet; its card is rewritten")
    add.add_argument(
        "--kinds",
        nargs="*",
        choices=[*Kind],
        default=[Kind.DERMOSCOPIC],
        type=Kind,
        help="of photo, for which it is worth serving; of the others the card has the worth alone",
    )
    add.add_argument(
        "--seed", type=int, default=SEED, help="of the train photos that are looked at"
    )


def refit(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--from", paths.DEFAULT_MODEL, "a model folder, of any age")
    _path(add, "--to", None, "folder to write, named for the new version")
    text = "data sets to fit it to: those that the network learned from"
    add.add_argument("--sources", nargs="+", default=["ham10000"], help=text)
    _external(add)
    _read_test(add)


def _read_test(add: argparse.ArgumentParser) -> None:
    add.add_argument("--read-test", action="store_true", help="measure test sets, and record it")
    _path(add, "--readings", paths.RECORDS / "test-readings.jsonl", "where that is recorded")


def convert(add: argparse.ArgumentParser) -> None:
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _path(add, "--to", None, "folder to write, named for the new version")


def subgroups(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--data", paths.data_folder(), "folder of the tables that describe the pictures")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _path(add, "--record", paths.RECORDS / "subgroups.json", "JSON file to write")
    _read_test(add)


def explanations(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _masks(add)
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _path(add, "--record", paths.RECORDS / "explanations.json", "JSON file to write")
    add.add_argument("--photos", type=int, default=80, help="of the valid split, to compare on")
    add.add_argument("--seed", type=int, default=SEED, help="of what is drawn at random")


def index(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _path(add, "--out", None, "folder to write")
    add.add_argument("--record", type=Path, help="JSON file to measure into whether they are alike")
    _read_test(add)


def _external(add: argparse.ArgumentParser) -> None:
    add.add_argument(
        "--external",
        nargs=3,
        action="append",
        default=[],
        metavar=("NAME", "IMAGES", "LABELS"),
        help="a further labelled set to measure; may be given again",
    )


def evaluate(add: argparse.ArgumentParser) -> None:
    _path(add, "--images", None, "a folder or a zip file")
    _path(add, "--labels", None, "CSV with the columns image_id and dx, diagnosis or melanoma")
    _path(add, "--report", None, "JSON file to write")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _kind(add)


def robustness(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _path(add, "--record", paths.RECORDS / "robustness.json", "JSON file to write")
    add.add_argument("--photos", type=int, default=200, help="of each kind, from the valid split")
    add.add_argument("--seed", type=int, default=SEED, help="of what is drawn at random")


def shortcuts(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--data", paths.data_folder(), "folder of isic_acral.csv, which names the clinics")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _path(add, "--record", paths.RECORDS / "shortcuts.json", "JSON file to write")


def contact_sheet(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--sheet", None, "PNG file to write")
    _ranges(add, "original")
    add.add_argument("--seed", type=int, default=SEED, help="of what is drawn at random")


def bench(add: argparse.ArgumentParser) -> None:
    _path(add, "--report", None, "JSON file to write, and a table beside it (.md)")
    _path(add, "--data", paths.data_folder(), "photos to measure with; without them, drawn ones")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")


def predict(add: argparse.ArgumentParser) -> None:
    _path(add, "--images", None, "a folder, a zip file or a picture")
    _path(add, "--csv", None, "file to write")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _kind(add)


def _kind(add: argparse.ArgumentParser) -> None:
    choices = (AUTO, *Kind)
    text = "how the pictures were taken; auto: what the network sees"
    add.add_argument("--kind", choices=choices, default=AUTO, help=text)


def kind_of(args: argparse.Namespace) -> Kind | None:
    """Return the kind of photo that was stated, None where the network is to see it."""
    return None if args.kind == AUTO else Kind(args.kind)


def measure(add: argparse.ArgumentParser) -> None:
    _path(add, "--images", None, "a folder or a zip file")
    _path(add, "--out", None, "folder to write: masks/ and measures.csv")
    _path(add, "--model", paths.DEFAULT_OUTLINER, "the folder of a model that outlines")


def measure_lesions(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _masks(add)
    add.add_argument("--model", type=Path, help="a model that outlines, instead of the masks")
    add.add_argument("--split", choices=("train", "valid", "test"), default="train")
    add.add_argument("--lesions", type=int, default=0, help="at most, drawn at random; 0 for all")
    _path(add, "--table", None, "CSV file to write")
    add.add_argument("--seed", type=int, default=SEED, help="of what is drawn at random")


def reference(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--table", None, "what `measure-lesions` wrote of the train split")
    _path(add, "--out", paths.REFERENCE, "JSON file to write")


def benefit(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    for split in ("train", "valid", "test"):
        _path(add, f"--{split}", None, f"what `measure-lesions` wrote of the {split} split")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder with its scores")
    _path(add, "--record", paths.RECORDS / "benefit.json", "JSON file to write")
    _read_test(add)


def repeatability(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _masks(add)
    _path(add, "--record", paths.RECORDS / "repeatability.json", "JSON file to write")
    add.add_argument("--lesions", type=int, default=60, help="of the valid split, drawn at random")
    add.add_argument("--seed", type=int, default=SEED, help="of what is drawn at random")


def _class_folders(add: Options) -> None:
    add.add_argument(
        "--class-folders",
        type=Path,
        help="instead: a folder with train_sep, valid and test, each with Melanoma and NotMelanoma",
    )


def _path(add: Options, name: str, default: Path | None, text: str) -> None:
    """Add an option that is a path; without a default it must be given."""
    shown = argparse.SUPPRESS if default is None else default
    add.add_argument(name, type=Path, default=shown, required=default is None, help=text)
