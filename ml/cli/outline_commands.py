"""Commands that outline lesions and measure them."""

import argparse
from pathlib import Path
from typing import Any

from ml import paths
from ml.cli.arguments import (
    add_cache,
    add_external,
    add_masks,
    add_others,
    add_path,
    add_read_test,
    add_seed,
    external_sets,
    require_read_test,
)
from ml.cli.definition import Command


def train_outline_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_masks(parser)
    add_path(parser, "--run", paths.work_folder() / "runs" / "outline", "folder of this run")
    add_others(parser)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
    parser.add_argument("--start", default="", help="a .keras file to start from")
    add_seed(parser)
    parser.add_argument("--smoke", action="store_true", help="check in a minute that it works")


def train_outline(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export import gate_fit
    from ml.segmentation import lesion_masks
    from ml.segmentation.train_outline import SMOKE, Pool, Settings, train

    data = cache.read_ham10000(args.cache)
    pool = Pool(data, lesion_masks.read(data, args.masks), gate_fit.other_views(args.others, 0))
    chosen = Settings(epochs=args.epochs, learning_rate=args.rate, start=args.start, seed=args.seed)
    train(pool, args.run, SMOKE if args.smoke else chosen)
    print(f"Wrote {args.run}.")


def export_outline_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_masks(parser)
    add_path(
        parser, "--run", paths.work_folder() / "runs" / "outline", "folder of the training run"
    )
    add_path(parser, "--model", None, "folder to write; its name becomes the version")
    add_path(
        parser, "--classifier", paths.DEFAULT_MODEL, "a model folder to compare run times with"
    )
    parser.add_argument("--every", type=int, default=1, help="measure only every nth picture")
    add_others(parser)
    add_external(parser)
    add_read_test(parser)


def export_outline(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export.outline_export import Sets, export

    require_read_test(args, args.model, ("test", *external_sets(args)))
    sets = Sets(args.masks, args.others, external_sets(args), args.every)
    export(cache.read_ham10000(args.cache), args.run, sets, args.classifier, args.model)
    print(f"Wrote {args.model}.")


def measure_lesions_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_masks(parser)
    parser.add_argument("--model", type=Path, help="outline model to use instead of the masks")
    parser.add_argument("--split", choices=("train", "valid", "test"), default="train")
    parser.add_argument("--lesions", type=int, default=0, help="number drawn at random; 0 for all")
    add_path(parser, "--table", None, "CSV file to write")
    add_seed(parser)


def measure_lesions(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.features.studies import feature_table, training_lesions
    from ml.segmentation.outliner import Outliner

    data = cache.read_ham10000(args.cache)
    rows = feature_table.choose(data, args.split, args.lesions, args.seed)
    if args.model:
        outlined = training_lesions.by_network(data, Outliner.load(args.model), rows)
    else:
        outlined = training_lesions.by_experts(data, args.masks, rows)
    feature_table.write(data, outlined, args.table)
    print(f"Wrote {args.table}.")


def reference_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_path(parser, "--table", None, "table of the train split by `measure-lesions`")
    add_path(parser, "--out", paths.REFERENCE, "JSON file to write")


def reference(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.features.studies import feature_table, reference

    reference.write(cache.read_ham10000(args.cache), feature_table.read(args.table), args.out)
    print(f"Wrote {args.out}.")


def benefit_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    for split in ("train", "valid", "test"):
        add_path(parser, f"--{split}", None, f"table of the {split} split by `measure-lesions`")
    add_path(parser, "--model", paths.DEFAULT_MODEL, "a model folder with its scores")
    add_path(parser, "--record", paths.RECORDS / "benefit.json", "JSON file to write")
    add_read_test(parser)


def benefit(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.features.studies import benefit, feature_table

    require_read_test(args, args.model, ("test",))
    tables = {
        split: feature_table.read(getattr(args, split)) for split in ("train", "valid", "test")
    }
    benefit.measure(cache.read_ham10000(args.cache), tables, args.model).write(args.record)
    print(f"Wrote {args.record}.")


def repeatability_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_masks(parser)
    add_path(parser, "--record", paths.RECORDS / "repeatability.json", "JSON file to write")
    parser.add_argument(
        "--lesions", type=int, default=60, help="lesions of the `valid` split, drawn at random"
    )
    add_seed(parser)


def repeatability(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.features.studies import repeatability

    lesions = repeatability.draw(
        cache.read_ham10000(args.cache), args.masks, args.lesions, args.seed
    )
    repeatability.compare(lesions).write(args.record)
    print(f"Wrote {args.record}.")


def growth_options(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--table", None, "CSV table with lesion_id, image_id and split, as HAM10000's")
    add_path(
        parser, "--images", None, "a folder or a zip file of its pictures, 512 px wide at most"
    )
    parser.add_argument("--split", choices=("train", "valid"), default="valid")
    parser.add_argument(
        "--first",
        type=int,
        default=70,
        help="first lesion to measure; the constant `OUTLINES` was chosen on the first 145",
    )
    parser.add_argument(
        "--lesions", type=int, default=75, help="number of lesions with several views"
    )
    parser.add_argument(
        "--only",
        choices=("views", "changes"),
        help="measure only this; the record keeps the other results",
    )
    parser.add_argument("--changed", type=int, default=16, help="number of pictures to change")
    add_path(parser, "--model", paths.DEFAULT_OUTLINER, "folder of an outline model")
    add_path(parser, "--record", paths.RECORDS / "growth.json", "JSON file to write")


def growth(args: argparse.Namespace) -> None:
    from ml.features.registration.growth import OUTLINES
    from ml.features.studies import growth_errors
    from ml.segmentation.outliner import Outliner

    outliner = Outliner.load(args.model)
    lesions = growth_errors.views(args.table, args.split)[args.first :][: args.lesions]
    pictures = growth_errors.read(args.images, {name for ids in lesions for name in ids})
    changed = [pictures[ids[0]] for ids in lesions][: args.changed]
    record: dict[str, Any] = {"split": args.split, "first": args.first, "outlines": OUTLINES}
    if args.only != "changes":
        record["views"] = growth_errors.of_views(outliner, pictures, lesions)
    if args.only != "views":
        record["changes"] = growth_errors.of_changes(outliner, changed)
    growth_errors.write(record, args.record)
    print(f"Wrote {args.record}.")


COMMANDS = (
    Command(
        "train-outline",
        "train the outline network",
        train_outline_options,
        train_outline,
    ),
    Command(
        "export-outline",
        "measure and write the outline model",
        export_outline_options,
        export_outline,
        "--model ml/outliners/mine-1",
    ),
    Command(
        "measure-lesions",
        "write a table of the features of HAM10000's lesions",
        measure_lesions_options,
        measure_lesions,
        "--table var/ml/train.csv --lesions 1000",
    ),
    Command(
        "reference",
        "write the percentiles of the features of lesions that are not melanoma",
        reference_options,
        reference,
        "--table var/ml/train.csv",
    ),
    Command(
        "benefit",
        "measure whether the features detect melanoma",
        benefit_options,
        benefit,
        "--train var/ml/train.csv --valid var/ml/valid.csv --test var/ml/test.csv --read-test",
    ),
    Command(
        "repeatability",
        "measure whether features repeat in a changed photo",
        repeatability_options,
        repeatability,
    ),
    Command(
        "growth",
        "measure the error of measured growth between two photos",
        growth_options,
        growth,
        "--table ham10000.csv --images ham10000_300x225.zip",
    ),
)
