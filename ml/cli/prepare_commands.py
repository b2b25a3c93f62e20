"""Commands that prepare data."""

import argparse
from pathlib import Path

from ml import paths
from ml.augmentation.ranges import BY_NAME
from ml.cli.arguments import SEED, add_cache, add_class_folders, add_path, add_ranges, add_seed
from ml.cli.definition import Command


def prepare_options(parser: argparse.ArgumentParser) -> None:
    source = parser.add_mutually_exclusive_group()
    add_path(
        source, "--data", paths.data_folder(), "the data sets' tables and image folders or zips"
    )
    add_class_folders(source)
    add_path(parser, "--cache", paths.cache_folder(), "folder to write")
    parser.add_argument(
        "--seed", type=int, default=SEED, help="seed of the split, if the table has none"
    )


def prepare(args: argparse.Namespace) -> None:
    from ml.data import cache, catalogue, class_folders

    if args.class_folders:
        class_folders.decode(args.class_folders, args.cache)
        print(f"Wrote {args.cache}.")
        return
    entries = cache.write(args.data, args.cache, args.seed)
    print(*catalogue.as_table(entries), sep="\n")
    print(f"{len(entries)} pictures, written to {args.cache}.")


def audit_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_class_folders(parser)


def audit(args: argparse.Namespace) -> int:
    """Print each pair that crosses the splits and each black picture. Return 1 if there is any."""
    from ml.data import cache, leakage

    folder: Path | None = args.class_folders
    pictures = (
        leakage.from_class_folders(folder) if folder else leakage.from_cache(cache.read(args.cache))
    )
    leaks = leakage.find_leaks(pictures)
    problems = [*map(str, leaks), *(f"{name}: all black" for name in leakage.find_black(pictures))]
    for sentence in problems:
        print(sentence)
    checked = "no picture" if folder else "no lesion and no picture"
    if not problems:
        print(f"Clean: {checked} among {len(pictures.names)} is in two splits.")
    return int(bool(problems))


def contact_sheet_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_path(parser, "--sheet", None, "PNG file to write")
    add_ranges(parser, "original")
    add_seed(parser)


def contact_sheet(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.training import contact_sheet

    sheet = contact_sheet.draw(cache.read(args.cache), BY_NAME[args.ranges], args.seed)
    sheet.save(args.sheet, "PNG")
    print(f"Wrote {args.sheet}.")


COMMANDS = (
    Command(
        "prepare",
        "decode every data set in a folder once, into the cache",
        prepare_options,
        prepare,
        "--data DIR",
    ),
    Command("audit", "look for lesions and pictures that are in two splits", audit_options, audit),
    Command(
        "contact-sheet",
        "draw augmented copies of training pictures",
        contact_sheet_options,
        contact_sheet,
        "--sheet sheet.png",
    ),
)
