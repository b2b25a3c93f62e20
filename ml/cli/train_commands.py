"""Commands that train the classifier and write its model folder."""

import argparse
from pathlib import Path

from ml import errors, paths
from ml.cli.arguments import (
    SEED,
    add_cache,
    add_external,
    add_model,
    add_networks,
    add_others,
    add_path,
    add_ranges,
    add_read_test,
    add_seed,
    external_sets,
    note_reading,
)
from ml.cli.definition import Command
from ml.labels import Kind
from ml.preprocessing.network_input import WIDTH


def train_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_path(parser, "--run", paths.run_folder(), "folder of this run")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--rate", type=float, default=4e-4, help="highest learning rate")
    parser.add_argument("--backbone", choices=("lite0", "lite2", "cnn"), default="lite0")
    parser.add_argument("--mixup", type=float, default=0.0, help="alpha of mixup, 0 for none")
    add_ranges(parser, "anywhere")
    parser.add_argument(
        "--left-out", nargs="+", default=[], help="sources to exclude from training"
    )
    parser.add_argument("--frozen", type=int, default=0, help="number of first blocks to freeze")
    parser.add_argument(
        "--width", type=int, default=WIDTH, help="width to which pictures are enlarged, px"
    )
    parser.add_argument(
        "--start", default="", help="a best.keras to start from, instead of ImageNet's weights"
    )
    parser.add_argument(
        "--teachers", nargs="+", default=[], help=".keras files of networks to learn from"
    )
    add_seed(parser)
    parser.add_argument(
        "--leaky-protocol",
        action="store_true",
        help="train even if a lesion or a picture is in two splits",
    )
    parser.add_argument("--smoke", action="store_true", help="check in a minute that it works")


def train(args: argparse.Namespace) -> None:
    from ml.data import cache, leakage

    errors.require_training_packages()
    # A missing cache is reported before TensorFlow is loaded, which takes seconds.
    data = cache.read(args.cache)
    from ml.training.train import SMOKE, Settings, train

    if not args.leaky_protocol:
        leakage.refuse_leaks(data)
    chosen = Settings(
        epochs=args.epochs,
        learning_rate=args.rate,
        seed=args.seed,
        start=args.start,
        mixup=args.mixup,
        ranges=args.ranges,
        width=args.width,
        teachers=tuple(args.teachers),
        backbone=args.backbone,
        left_out=tuple(args.left_out),
        frozen=args.frozen,
        protocol="original" if args.leaky_protocol else "by lesion",
    )
    train(data, args.run, SMOKE if args.smoke else chosen)
    print(f"Wrote {args.run}.")


def validate_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_networks(parser)
    add_path(parser, "--record", paths.RECORDS / "validations.jsonl", "file to append a line to")
    parser.add_argument("--title", required=True, help="what was tried")
    looking = ("once", "mirrored", "at-scales")
    parser.add_argument("--looking", choices=looking, default="at-scales", help="views to average")
    parser.add_argument("--source", default="", help="measure only on this data set")
    parser.add_argument("--splits", nargs="+", choices=("train", "valid"), default=["valid"])


def validate(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.evaluation import validate

    data = cache.read(args.cache)
    if args.source:
        data = data.of(args.source)
    result = validate.measure(data, args.networks, args.title, args.looking, args.splits)
    validate.append(result, args.record)
    print(f"Mean AUROC {result.mean:.4f}, appended to {args.record}.")


def soup_options(parser: argparse.ArgumentParser) -> None:
    add_networks(parser)
    parser.add_argument(
        "--shares",
        type=float,
        nargs="+",
        default=[],
        help="share of each network; by default equal",
    )
    add_path(parser, "--run", None, "folder to write")


def soup(args: argparse.Namespace) -> None:
    from ml.training import soup

    soup.write(args.networks, args.run, args.shares)
    print(f"{len(args.networks)} networks averaged, written to {args.run}.")


def export_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_path(parser, "--run", paths.run_folder(), "folder of the training run")
    add_path(parser, "--model", None, "folder to write; its name becomes the version")
    add_others(parser)
    add_path(parser, "--outliner", paths.DEFAULT_OUTLINER, "folder of an outline model")
    add_external(parser)
    parser.add_argument(
        "--out-of-fold",
        nargs=2,
        action="append",
        default=[],
        metavar=("SOURCE", "RUN"),
        help="a source and a run trained without it, for thresholds if `valid` has too few photos",
    )
    add_read_test(parser)


def export(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export.classifier_export import Sets, export
    from ml.export.gate_heads import RefusedPictures
    from ml.segmentation.outliner import Outliner

    data = cache.read(args.cache)
    refused = RefusedPictures(args.others, Outliner.load(args.outliner).mask)
    sets = Sets(refused, external_sets(args), _left_out(args))
    note_reading(args, args.model, ("test", *sets.external))
    export(data, args.run, sets, args.model, read_test=args.read_test)
    print(f"Wrote {args.model}.")


def _left_out(args: argparse.Namespace) -> list[tuple[str, Path]]:
    return [(source, Path(run)) for source, run in args.out_of_fold]


def unlike_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_path(
        parser, "--model", None, "folder of a model that nobody serves yet; its card is rewritten"
    )
    parser.add_argument(
        "--kinds",
        nargs="*",
        choices=[*Kind],
        default=[Kind.DERMOSCOPIC],
        type=Kind,
        help="kinds of photo to which the served model applies the limit",
    )
    parser.add_argument("--seed", type=int, default=SEED, help="seed for choosing `train` photos")


def unlike(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export import unlike_fit

    unlike_fit.add(args.model, cache.read(args.cache), args.kinds, args.seed)
    print(f"Wrote {args.model}.")


def findings_options(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--model", paths.DEFAULT_MODEL, "a model folder; its card stays as it is")
    add_path(parser, "--record", paths.RECORDS / "subgroups.json", "record that `subgroups` wrote")


def findings(args: argparse.Namespace) -> None:
    from ml.evaluation.subgroups import card_findings, subgroup_record

    card_findings.add(args.model, subgroup_record.read(args.record))
    print(f"Wrote {args.model}.")


def refit_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_path(parser, "--from", paths.DEFAULT_MODEL, "a model folder of any version")
    add_path(parser, "--to", None, "folder to write, named for the new version")
    text = "data sets to fit the card to; name those that the network was trained on"
    parser.add_argument("--sources", nargs="+", default=["ham10000"], help=text)
    add_external(parser)
    add_read_test(parser)


def refit(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export import model_folder
    from ml.export.refit import refit

    data, external = model_folder.only(cache.read(args.cache), args.sources), external_sets(args)
    note_reading(args, args.to, ("test", *args.sources, *external))
    refit(getattr(args, "from"), data, external, args.to, read_test=args.read_test)
    print(f"Wrote {args.to}.")


def convert_options(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    add_path(parser, "--to", None, "folder to write, named for the new version")


def convert(args: argparse.Namespace) -> None:
    from ml.export.classifier_export import convert_anew

    convert_anew(args.model, args.to)
    print(f"Wrote {args.to}.")


COMMANDS = (
    Command(
        "train",
        "fine-tune the network; run again to continue a killed run",
        train_options,
        train,
        "--start ml/lineage/lite0-6.keras --frozen 5 --epochs 12",
    ),
    Command(
        "validate",
        "measure trained networks by source, without a test split",
        validate_options,
        validate,
        '--networks var/ml/runs/lite0/best.keras --title "14 epochs"',
    ),
    Command(
        "soup",
        "average the weights of runs that started from one network",
        soup_options,
        soup,
        "--networks one.keras other.keras --shares 0.6 0.4 --run var/ml/runs/soup",
    ),
    Command(
        "export",
        "calibrate, measure and write the model folder",
        export_options,
        export,
        "--model ml/artefacts/mine-1 --others other-pictures.zip",
    ),
    Command(
        "unlike",
        "fit the limit for photos unlike all training photos, in a new model's folder",
        unlike_options,
        unlike,
        "--model ml/artefacts/mine-1",
    ),
    Command(
        "findings",
        "write a file beside a model's card, with the results of `subgroups` that pages show",
        findings_options,
        findings,
        "--model ml/artefacts/mine-1",
    ),
    Command(
        "refit",
        "write a published model with a new card, fitted to data",
        refit_options,
        refit,
        "--to ml/artefacts/mine-2",
    ),
    Command(
        "convert",
        "write a published model with a newly converted LiteRT file",
        convert_options,
        convert,
        "--model ml/artefacts/mine-1 --to ml/artefacts/mine-2",
    ),
)
