"""`python -m ml`: from the raw data to the published model, and the model on any pictures."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ml import paths
from ml.card import ModelError
from ml.errors import OperatorError

SEED = 20


def prepare(args: argparse.Namespace) -> None:
    from ml import cache

    cache.write(args.data, args.cache, args.seed)


def audit(args: argparse.Namespace) -> int:
    """Print each pair that crosses the splits; return the exit code, 1 if there is any."""
    from ml import audit, cache

    folder: Path | None = args.class_folders
    pictures = (
        audit.from_class_folders(folder) if folder else audit.from_cache(cache.read(args.cache))
    )
    leaks = audit.find_leaks(pictures)
    for leak in leaks:
        print(leak)
    checked = "no picture" if folder else "no lesion and no picture"
    if not leaks:
        print(f"Clean: {checked} among {len(pictures.names)} is in two splits.")
    return int(bool(leaks))


def train(args: argparse.Namespace) -> None:
    from ml import audit, cache
    from ml.train import SMOKE, Settings, train

    data = cache.read(args.cache)
    if not args.leaky_protocol:
        audit.refuse_leaks(data)
    chosen = Settings(epochs=args.epochs, learning_rate=args.rate, seed=args.seed, start=args.start)
    train(data, args.run, SMOKE if args.smoke else chosen)


def export(args: argparse.Namespace) -> None:
    from ml import cache
    from ml.export import Sets, export

    external = {name: (Path(images), Path(labels)) for name, images, labels in args.external}
    export(cache.read(args.cache), args.run, Sets(args.others, external), args.model)


def evaluate(args: argparse.Namespace) -> None:
    from ml.classifier import Classifier
    from ml.evaluate import evaluate, write_report

    classifier = Classifier.load(args.model)
    result = evaluate(classifier, args.images, args.labels)
    write_report(result, classifier.card.version, args.report)


def predict(args: argparse.Namespace) -> None:
    from ml.classifier import Classifier
    from ml.predict import write_predictions

    write_predictions(Classifier.load(args.model), args.images, args.csv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    1: the audit found something; 2: a mistake that the user can put right.
    """
    args = parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int | None] = args.command
    try:
        return command(args) or 0
    except (OperatorError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename} cannot be used: {error.strerror}.", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """Return the parser; each command's function is in `command`."""
    top = argparse.ArgumentParser("python -m ml", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="command")
    for command, text, add_options in (
        (prepare, "decode HAM10000 once, into the cache", _prepare_options),
        (audit, "look for lesions and pictures that are in two splits", _audit_options),
        (train, "fine-tune the network; run again to continue a killed run", _train_options),
        (export, "calibrate, measure and write the model folder", _export_options),
        (evaluate, "measure the model on labelled pictures", _evaluate_options),
        (predict, "classify every picture in a folder or zip", _predict_options),
    ):
        added = commands.add_parser(command.__name__, help=text, description=text)
        added.set_defaults(command=command)
        add_options(added)
    return top


def _prepare_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--data", paths.data_folder(), "HAM10000's table and its image folders or zips")
    _path(add, "--cache", paths.cache_folder(), "folder to write")
    add.add_argument("--seed", type=int, default=SEED, help="of the split, if the table has none")


def _audit_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    add.add_argument(
        "--class-folders",
        type=Path,
        help="instead: a folder with train_sep, valid and test, each with Melanoma and NotMelanoma",
    )


def _train_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--run", paths.run_folder(), "folder of this run")
    add.add_argument("--epochs", type=int, default=14)
    add.add_argument("--rate", type=float, default=4e-4, help="highest learning rate")
    add.add_argument("--start", default="", help="a best.keras to go on from, not ImageNet's")
    add.add_argument("--seed", type=int, default=SEED)
    add.add_argument(
        "--leaky-protocol",
        action="store_true",
        help="train although the audit finds lesions or pictures in two splits",
    )
    add.add_argument("--smoke", action="store_true", help="a minute that only shows that it works")


def _export_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--run", paths.run_folder(), "folder of the training run")
    _path(add, "--model", None, "folder to write; its name becomes the version")
    _path(add, "--others", paths.data_folder() / "not_skin_256.zip", "pictures to be refused")
    add.add_argument(
        "--external",
        nargs=3,
        action="append",
        default=[],
        metavar=("NAME", "IMAGES", "LABELS"),
        help="a further labelled set to measure; may be given again",
    )


def _evaluate_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--images", None, "a folder or a zip file")
    _path(add, "--labels", None, "CSV with the columns image_id,melanoma")
    _path(add, "--report", None, "JSON file to write")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")


def _predict_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--images", None, "a folder or a zip file")
    _path(add, "--csv", None, "file to write")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")


def _path(add: argparse.ArgumentParser, name: str, default: Path | None, text: str) -> None:
    """Add an option that is a path; without a default it must be given."""
    add.add_argument(name, type=Path, default=default, required=default is None, help=text)


if __name__ == "__main__":
    sys.exit(main())
