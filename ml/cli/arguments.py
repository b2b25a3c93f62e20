"""Options that several commands share, and their interpretation."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from ml import paths
from ml.augmentation.ranges import BY_NAME
from ml.errors import OperatorError
from ml.labels import Kind

SEED = 20
AUTO = "auto"


class Options(Protocol):
    """A parser, or a group of mutually exclusive options."""

    def add_argument(self, *names: str, **settings: Any) -> Any: ...


def add_path(parser: Options, name: str, default: Path | None, text: str) -> None:
    """Add an option that is a path. Without a default it is required."""
    shown_default = argparse.SUPPRESS if default is None else default
    parser.add_argument(name, type=Path, default=shown_default, required=default is None, help=text)


def add_cache(parser: Options) -> None:
    add_path(parser, "--cache", paths.cache_folder(), "folder that `prepare` wrote")


def add_model(parser: Options) -> None:
    add_path(parser, "--model", paths.DEFAULT_MODEL, "a model folder")


def add_seed(parser: Options) -> None:
    parser.add_argument("--seed", type=int, default=SEED, help="seed of random choices")


def add_class_folders(parser: Options) -> None:
    parser.add_argument(
        "--class-folders",
        type=Path,
        help="a folder to read instead of the default, with the folders train_sep, valid and test, "
        "each with the folders Melanoma and NotMelanoma",
    )


def add_masks(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--masks", paths.data_folder(), "folder or zip of HAM10000's lesion masks")


def add_others(parser: argparse.ArgumentParser) -> None:
    add_path(
        parser,
        "--others",
        paths.data_folder() / "not_skin_256.zip",
        "pictures that the model should refuse",
    )


def add_external(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--external",
        nargs=3,
        action="append",
        default=[],
        metavar=("NAME", "IMAGES", "LABELS"),
        help="a further labelled set to measure; the option may be repeated",
    )


def add_read_test(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--read-test",
        action="store_true",
        help="allow the command to measure test sets, and log that",
    )
    add_path(
        parser, "--readings", paths.RECORDS / "test-readings.jsonl", "log file for --read-test"
    )


def add_protocol(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--protocol", choices=("original", "by lesion"), default="original")


def add_ranges(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument(
        "--ranges", choices=BY_NAME, default=default, help="strength of augmentation"
    )


def add_networks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--networks", type=Path, nargs="+", required=True, help=".keras files")


def add_kind(parser: argparse.ArgumentParser) -> None:
    choices = (AUTO, *Kind)
    text = "how the pictures were taken; auto: as the network detects"
    parser.add_argument("--kind", choices=choices, default=AUTO, help=text)


def kind_of(args: argparse.Namespace) -> Kind | None:
    """Return the stated kind of photo, or None if the network should detect it."""
    return None if args.kind == AUTO else Kind(args.kind)


def require_read_test(args: argparse.Namespace, model: Path, sets: Sequence[str]) -> None:
    """Check that the command line permits reading test sets, and record that they are read.

    Raises:
        OperatorError: the option --read-test is missing.
    """
    require_permission(args)
    note_reading(args, model, sets)


def require_permission(args: argparse.Namespace) -> None:
    """Check that the command line permits reading test sets.

    Raises:
        OperatorError: the option --read-test is missing.
    """
    if not args.read_test:
        raise OperatorError(
            "This reads the `test` split. Add --read-test to permit that; the reading is recorded. "
            "To measure a classifier on the `valid` split instead, run `python -m ml validate`."
        )


def note_reading(args: argparse.Namespace, model: Path, sets: Sequence[str]) -> None:
    """If the command line permits reading test sets, record that they are about to be read."""
    from ml.export import holdout_readings

    if args.read_test:
        holdout_readings.record(args.readings, model.name, sets)


def external_sets(args: argparse.Namespace) -> dict[str, tuple[Path, Path]]:
    return {name: (Path(images), Path(labels)) for name, images, labels in args.external}
