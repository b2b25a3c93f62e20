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


def add_path(add: Options, name: str, default: Path | None, text: str) -> None:
    """Add an option that is a path. Without a default it is required."""
    shown_default = argparse.SUPPRESS if default is None else default
    add.add_argument(name, type=Path, default=shown_default, required=default is None, help=text)


def add_cache(add: Options) -> None:
    add_path(add, "--cache", paths.cache_folder(), "folder that `prepare` wrote")


def add_model(add: Options) -> None:
    add_path(add, "--model", paths.DEFAULT_MODEL, "a model folder")


def add_seed(add: Options) -> None:
    add.add_argument("--seed", type=int, default=SEED, help="seed of random choices")


def add_class_folders(add: Options) -> None:
    add.add_argument(
        "--class-folders",
        type=Path,
        help="a folder to read instead, with train_sep, valid and test, each with "
        "Melanoma and NotMelanoma",
    )


def add_masks(add: argparse.ArgumentParser) -> None:
    add_path(add, "--masks", paths.data_folder(), "folder or zip of HAM10000's lesion masks")


def add_others(add: argparse.ArgumentParser) -> None:
    add_path(
        add,
        "--others",
        paths.data_folder() / "not_skin_256.zip",
        "pictures that the model should refuse",
    )


def add_external(add: argparse.ArgumentParser) -> None:
    add.add_argument(
        "--external",
        nargs=3,
        action="append",
        default=[],
        metavar=("NAME", "IMAGES", "LABELS"),
        help="a further labelled set to measure; the option may be repeated",
    )


def add_read_test(add: argparse.ArgumentParser) -> None:
    add.add_argument(
        "--read-test", action="store_true", help="measure test sets, too, and log that"
    )
    add_path(add, "--readings", paths.RECORDS / "test-readings.jsonl", "log file for --read-test")


def add_protocol(add: argparse.ArgumentParser) -> None:
    add.add_argument("--protocol", choices=("original", "by lesion"), default="original")


def add_ranges(add: argparse.ArgumentParser, default: str) -> None:
    add.add_argument("--ranges", choices=BY_NAME, default=default, help="strength of augmentation")


def add_networks(add: argparse.ArgumentParser) -> None:
    add.add_argument("--networks", type=Path, nargs="+", required=True, help=".keras files")


def add_kind(add: argparse.ArgumentParser) -> None:
    choices = (AUTO, *Kind)
    text = "how the pictures were taken; auto: as the network detects"
    add.add_argument("--kind", choices=choices, default=AUTO, help=text)


def kind_of(args: argparse.Namespace) -> Kind | None:
    """Return the stated kind of photo, or None if the network should detect it."""
    return None if args.kind == AUTO else Kind(args.kind)


def need_test(args: argparse.Namespace, model: Path, sets: Sequence[str]) -> None:
    """Record that a command reads test sets.

    Raises:
        OperatorError: the command line does not permit it.
    """
    if not args.read_test:
        raise OperatorError(
            "This reads the test split. Add --read-test to permit that; the reading is recorded. "
            "`python -m ml validate` measures a classifier on the valid split, without the option."
        )
    note_reading(args, model, sets)


def note_reading(args: argparse.Namespace, model: Path, sets: Sequence[str]) -> None:
    """If the command line permits reading test sets, record that they are about to be read."""
    from ml.export import holdout_readings

    if args.read_test:
        holdout_readings.record(args.readings, model.name, sets)


def external_sets(args: argparse.Namespace) -> dict[str, tuple[Path, Path]]:
    return {name: (Path(images), Path(labels)) for name, images, labels in args.external}
