"""Commands that repeat the protocol of the original write-up."""

import argparse
from pathlib import Path

from ml import paths
from ml.cli.arguments import (
    add_path,
    add_protocol,
    add_read_test,
    add_seed,
    note_reading,
    require_permission,
)
from ml.cli.definition import Command
from ml.errors import OperatorError


def multiply_options(parser: argparse.ArgumentParser) -> None:
    add_path(
        parser, "--data", paths.data_folder(), "HAM10000's table and its image folders or zips"
    )
    add_path(parser, "--folders", None, "folder to write")
    add_seed(parser)


def multiply(args: argparse.Namespace) -> None:
    from ml.replication import leaky_folders

    leaky_folders.write(args.data, args.folders, args.seed)
    print(f"Wrote {args.folders}.")


def tune_options(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--cache", paths.original_cache_folder(), "folder that `prepare` wrote")
    add_path(
        parser,
        "--searches",
        paths.work_folder() / "searches",
        "folder of searches; the same command resumes a killed search",
    )
    records = paths.RECORDS / "tuning"
    text = f"folder to write; by default {records / 'bayesian'} or {records / 'hyperband'}"
    parser.add_argument("--record", type=Path, help=text)
    parser.add_argument("--search", choices=("bayesian", "hyperband"), default="bayesian")
    parser.add_argument("--trials", type=int, default=12, help="trials of the Bayesian search")
    parser.add_argument("--epochs", type=int, default=4, help="epochs of a trial, at most")
    parser.add_argument("--images", type=int, default=3000, help="number of images for each trial")
    add_seed(parser)
    parser.add_argument("--smoke", action="store_true", help="check in seconds that it works")


def tune(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.replication import tune
    from ml.replication.small_pictures import Pictures

    record = args.record or paths.RECORDS / "tuning" / args.search
    _refuse_smoke(args, record, "--record")
    smoke = tune.SMOKE._replace(search=args.search)
    chosen = tune.Settings(args.search, args.trials, args.epochs, args.images, seed=args.seed)
    settings = smoke if args.smoke else chosen
    pictures = Pictures(cache.read_ham10000(args.cache), settings.height, settings.width)
    tune.tune(pictures, args.searches, record, settings)
    print(f"Wrote {record}.")


def _refuse_smoke(args: argparse.Namespace, records: Path, option: str) -> None:
    """Refuse --smoke where its records would count as results."""
    if args.smoke and records.resolve().is_relative_to(paths.RECORDS.resolve()):
        raise OperatorError(
            f"--smoke only checks that it works: give a folder outside {paths.RECORDS} "
            f"with {option}."
        )


def compare_options(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--cache", paths.original_cache_folder(), "folder that `prepare` wrote")
    add_path(parser, "--runs", paths.work_folder() / "compare", "folder of the runs")
    add_path(parser, "--records", paths.RECORDS, "folder to write")
    add_path(
        parser,
        "--tuned",
        paths.RECORDS / "tuning",
        "folder with the records `bayesian` and `hyperband` that `tune` wrote",
    )
    add_protocol(parser)
    add_read_test(parser)
    parser.add_argument("--smoke", action="store_true", help="check in a minute that it works")


def compare(args: argparse.Namespace) -> None:
    from ml.architectures.cnn import best_plan
    from ml.data import cache
    from ml.replication.compare import compare, unmeasured

    require_permission(args)
    _refuse_smoke(args, args.records, "--records")
    folders = (args.runs / args.protocol.replace(" ", "-"), args.records / "compare")
    plans = best_plan(args.tuned / "bayesian"), best_plan(args.tuned / "hyperband")
    if not unmeasured(args.protocol, plans, folders, smoke=args.smoke):
        print(f"Every network has a run in {folders[0]} and a record in {folders[1]}.")
        return
    data = cache.read_ham10000(args.cache)
    note_reading(args, folders[0], ("test",))
    compare(data, args.protocol, plans, folders, smoke=args.smoke)
    print(f"Wrote {folders[1]}.")


def neighbours_options(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--cache", paths.original_cache_folder(), "folder that `prepare` wrote")
    add_path(
        parser,
        "--runs",
        paths.work_folder() / "compare",
        "folder of the networks that `compare` trained",
    )
    add_path(
        parser, "--records", paths.RECORDS, "folder of `compare`'s records and of the new record"
    )
    parser.add_argument("--of", default="fine-tuned", help="the network to combine neighbours with")
    add_protocol(parser)
    add_read_test(parser)


def neighbours(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.replication import knn

    require_permission(args)
    protocol = args.protocol.replace(" ", "-")
    base, record = (
        args.records / "compare" / f"{protocol}-{name}.json" for name in (args.of, "neighbours")
    )
    run = args.runs / protocol / args.of
    knn.refuse_missing(run, base)
    data = cache.read_ham10000(args.cache)
    note_reading(args, Path(args.of), ("test",))
    knn.measure(data, run, base).write(record)
    print(f"Wrote {record}.")


COMMANDS = (
    Command(
        "multiply",
        "write class folders as the write-up did, with copies of a lesion in several splits",
        multiply_options,
        multiply,
        "--folders var/ml/original-folders",
    ),
    Command(
        "tune",
        "search for the best CNN in the write-up's ranges of hyperparameters",
        tune_options,
        tune,
        "--search hyperband",
    ),
    Command(
        "compare",
        "train and measure the networks of the comparison",
        compare_options,
        compare,
        "--read-test",
    ),
    Command(
        "neighbours",
        "measure a network combined with k-nearest neighbours among its training pictures",
        neighbours_options,
        neighbours,
        "--read-test",
    ),
)
