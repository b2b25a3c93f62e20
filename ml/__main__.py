"""`python -m ml`: from the raw data to the published model, and the model on any pictures."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ml import paths
from ml.card import ModelError
from ml.errors import OperatorError
from ml.ranges import BY_NAME
from ml.views import WIDTH

SEED = 20

Options = argparse.ArgumentParser | argparse._MutuallyExclusiveGroup


def prepare(args: argparse.Namespace) -> None:
    from ml import cache, class_folders

    if args.class_folders:
        class_folders.decode(args.class_folders, args.cache)
    else:
        cache.write(args.data, args.cache, args.seed)


def multiply(args: argparse.Namespace) -> None:
    from ml import class_folders

    class_folders.write(args.data, args.folders, args.seed)


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


def tune(args: argparse.Namespace) -> None:
    from ml import cache, tune
    from ml.pictures import Pictures

    smoke = tune.SMOKE._replace(search=args.search)
    chosen = tune.Settings(args.search, args.trials, args.epochs, args.images, seed=args.seed)
    settings = smoke if args.smoke else chosen
    pictures = Pictures(cache.read(args.cache), settings.height, settings.width)
    tune.tune(pictures, args.searches, args.record, settings)


def compare(args: argparse.Namespace) -> None:
    from ml import cache
    from ml.compare import compare
    from ml.tune import best_plan

    folders = (args.runs / args.protocol.replace(" ", "-"), args.records / "compare")
    plans = best_plan(args.tuned / "bayesian"), best_plan(args.tuned / "hyperband")
    compare(cache.read(args.cache), args.protocol, plans, folders, smoke=args.smoke)


def attempt(args: argparse.Namespace) -> None:
    from ml import attempts, cache
    from ml.record import About

    about = About(args.title, args.protocol, args.epochs, args.seed)
    ensemble = attempts.Ensemble.load(args.networks, args.looking)
    data = cache.read(args.cache)
    attempts.measure(data, ensemble, about, _sets(args)).write(args.record)


def neighbours(args: argparse.Namespace) -> None:
    from ml import cache, neighbours

    protocol = args.protocol.replace(" ", "-")
    base, record = (
        args.records / "compare" / f"{protocol}-{name}.json" for name in (args.of, "neighbours")
    )
    run = args.runs / protocol / args.of
    neighbours.measure(cache.read(args.cache), run, base).write(record)


def results(args: argparse.Namespace) -> None:
    from ml import results

    results.write(args.records, args.model, args.docs)


def train(args: argparse.Namespace) -> None:
    from ml import audit, cache
    from ml.train import SMOKE, Settings, train

    data = cache.read(args.cache)
    if not args.leaky_protocol:
        audit.refuse_leaks(data)
    chosen = Settings(
        epochs=args.epochs,
        learning_rate=args.rate,
        seed=args.seed,
        start=args.start,
        mixup=args.mixup,
        focal=args.focal,
        ranges=args.ranges,
        width=args.width,
        teachers=tuple(args.teachers),
        backbone=args.backbone,
        protocol="original" if args.leaky_protocol else "by lesion",
    )
    train(data, args.run, SMOKE if args.smoke else chosen)


def train_outline(args: argparse.Namespace) -> None:
    from ml import cache, gate_fit
    from ml.outlines import masks
    from ml.outlines.training import SMOKE, Pool, Settings, train

    data = cache.read(args.cache)
    pool = Pool(data, masks.read(data, args.masks), gate_fit.other_views(args.others, 0))
    chosen = Settings(epochs=args.epochs, learning_rate=args.rate, start=args.start, seed=args.seed)
    train(pool, args.run, SMOKE if args.smoke else chosen)


def soup(args: argparse.Namespace) -> None:
    from ml import soup

    soup.write(args.networks, args.run)


def export(args: argparse.Namespace) -> None:
    from ml import cache
    from ml.export import Sets, export

    sets = Sets(args.others, _sets(args))
    export(cache.read(args.cache), args.run, sets, args.model)


def fit_squares(args: argparse.Namespace) -> None:
    from ml import cache
    from ml.outlines import squares

    squares.write(cache.read(args.cache), args.masks, args.record, args.seed)


def export_outline(args: argparse.Namespace) -> None:
    from ml import cache
    from ml.outlines.export import Sets, export

    sets = Sets(args.masks, args.others, _sets(args), args.every)
    export(cache.read(args.cache), args.run, sets, args.classifier, args.model)


def subgroups(args: argparse.Namespace) -> None:
    from ml import cache, ham10000, scores, subgroups
    from ml.classifier import Classifier

    classifier = Classifier.load(args.model)
    external = _sets(args)
    scores.write(scores.measure(classifier, cache.read(args.cache), external), args.model)
    tables = {"test": ham10000.find_metadata(args.data)}
    tables |= {name: labels for name, (_, labels) in external.items()}
    measured = scores.read(args.model)
    found = []
    for name, table in tables.items():
        of_set = [score for score in measured if score.dataset == name]
        rows = subgroups.read_table(table)
        found += subgroups.measure(name, of_set, rows, classifier.card.threshold)
    subgroups.write(found, args.model)


def _sets(args: argparse.Namespace) -> dict[str, tuple[Path, Path]]:
    return {name: (Path(images), Path(labels)) for name, images, labels in args.external}


def explanations(args: argparse.Namespace) -> None:
    from ml import cache, evidence
    from ml.explanations.measure import measure
    from ml.outlines import masks

    data = cache.read(args.cache)
    outlined = masks.read(data, args.masks, (evidence.COLUMNS, evidence.ROWS)) / 255
    measure(args.model, data, outlined, args.photos, args.seed).write(args.record)


def index(args: argparse.Namespace) -> None:
    from ml import cache, index
    from ml.classifier import Classifier

    classifier, data = Classifier.load(args.model), cache.read(args.cache)
    index.write(classifier, data, args.out)
    if args.record:
        index.write_record(index.agree(classifier, data, args.out), args.record)


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


def measure(args: argparse.Namespace) -> None:
    from ml.outlines import batch
    from ml.outlines.outliner import Outliner

    batch.write(Outliner.load(args.model), args.images, args.out)


def measure_lesions(args: argparse.Namespace) -> None:
    from ml import cache
    from ml.measures import tabulating, training_lesions
    from ml.outlines.outliner import Outliner

    data = cache.read(args.cache)
    rows = tabulating.choose(data, args.split, args.lesions, args.seed)
    if args.model:
        outlined = training_lesions.by_network(data, Outliner.load(args.model), rows)
    else:
        outlined = training_lesions.by_experts(data, args.masks, rows)
    tabulating.write(data, outlined, args.table)


def reference(args: argparse.Namespace) -> None:
    from ml import cache
    from ml.measures import reference, tabulating

    reference.write(cache.read(args.cache), tabulating.read(args.table), args.out)


def benefit(args: argparse.Namespace) -> None:
    from ml import cache
    from ml.measures import benefit, tabulating

    tables = {split: tabulating.read(getattr(args, split)) for split in ("train", "valid", "test")}
    benefit.measure(cache.read(args.cache), tables, args.model).write(args.record)


def repeatability(args: argparse.Namespace) -> None:
    from ml import cache
    from ml.measures import repeatability

    lesions = repeatability.draw(cache.read(args.cache), args.masks, args.lesions, args.seed)
    repeatability.compare(lesions).write(args.record)


def contact_sheet(args: argparse.Namespace) -> None:
    from ml import cache, contact_sheet

    sheet = contact_sheet.draw(cache.read(args.cache), BY_NAME[args.ranges], args.seed)
    sheet.save(args.sheet, "PNG")


def bench(args: argparse.Namespace) -> None:
    from ml.bench.command import bench

    bench(args.model, args.data, args.report)


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
        (multiply, "write class folders under the original's leaky protocol", _multiply_options),
        (audit, "look for lesions and pictures that are in two splits", _audit_options),
        (tune, "search the original's space for the best CNN", _tune_options),
        (compare, "train and measure the networks of the comparison", _compare_options),
        (train, "fine-tune the network; run again to continue a killed run", _train_options),
        (train_outline, "train the network that outlines the lesion", _train_outline_options),
        (
            fit_squares,
            "fit which part of a picture HAM10000's square copies show",
            _squares_options,
        ),
        (export_outline, "measure and write the model that outlines", _export_outline_options),
        (soup, "average the weights of runs that went on from one network", _soup_options),
        (attempt, "measure trained runs, alone or averaged", _attempt_options),
        (neighbours, "measure a network and the most alike training pictures", _neighbours_options),
        (export, "calibrate, measure and write the model folder", _export_options),
        (subgroups, "measure the model by age, sex, site, source, diagnosis", _subgroups_options),
        (explanations, "compare maps of where the model looked", _explanations_options),
        (index, "embed the training lesions that clinicians see beside a photo", _index_options),
        (results, "write docs/results.md, its plots and docs/model-card.md", _results_options),
        (evaluate, "measure the model on labelled pictures", _evaluate_options),
        (predict, "classify every picture in a folder or zip", _predict_options),
        (measure, "outline the lesion in every picture in a folder or zip", _measure_options),
        (measure_lesions, "measure HAM10000's lesions, into a table", _measure_lesions_options),
        (reference, "write the percentiles of benign lesions' measures", _reference_options),
        (benefit, "measure whether the measures tell melanomas", _benefit_options),
        (
            repeatability,
            "measure whether the measures of a lesion repeat in a changed photo",
            _repeatability_options,
        ),
        (contact_sheet, "draw augmented copies of training pictures", _contact_sheet_options),
        (bench, "measure the speed of training input and serving", _bench_options),
    ):
        added = commands.add_parser(command.__name__.replace("_", "-"), help=text, description=text)
        added.set_defaults(command=command)
        add_options(added)
    return top


def _prepare_options(add: argparse.ArgumentParser) -> None:
    source = add.add_mutually_exclusive_group()
    _path(source, "--data", paths.data_folder(), "HAM10000's table and its image folders or zips")
    _class_folders(source)
    _path(add, "--cache", paths.cache_folder(), "folder to write")
    add.add_argument("--seed", type=int, default=SEED, help="of the split, if the table has none")


def _multiply_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--data", paths.data_folder(), "HAM10000's table and its image folders or zips")
    _path(add, "--folders", None, "folder to write")
    add.add_argument("--seed", type=int, default=SEED)


def _audit_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _class_folders(add)


def _tune_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.original_cache_folder(), "what `prepare` wrote")
    _path(add, "--searches", paths.work_folder() / "searches", "what a killed search goes on from")
    _path(add, "--record", paths.RECORDS / "tuning" / "bayesian", "folder to write")
    add.add_argument("--search", choices=("bayesian", "hyperband"), default="bayesian")
    add.add_argument("--trials", type=int, default=12, help="of the Bayesian search")
    add.add_argument("--epochs", type=int, default=4, help="of a trial, at most")
    add.add_argument("--images", type=int, default=3000, help="to train a trial on")
    add.add_argument("--seed", type=int, default=SEED)
    add.add_argument("--smoke", action="store_true", help="seconds that only show that it works")


def _compare_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.original_cache_folder(), "what `prepare` wrote")
    _path(add, "--runs", paths.work_folder() / "compare", "folder of the runs")
    _path(add, "--records", paths.RECORDS, "folder to write")
    _path(add, "--tuned", paths.RECORDS / "tuning", "what `tune` recorded of both searches")
    _protocol(add)
    add.add_argument("--smoke", action="store_true", help="a minute that only shows that it works")


def _attempt_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _networks(add)
    _path(add, "--record", None, "JSON file to write")
    add.add_argument("--title", required=True, help="what was tried")
    add.add_argument("--epochs", type=int, default=0, help="that it was trained for")
    add.add_argument("--seed", type=int, default=SEED)
    looking = ("once", "mirrored", "at-scales")
    add.add_argument("--looking", choices=looking, default="once", help="which views to average")
    _protocol(add)
    _external(add)


def _neighbours_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.original_cache_folder(), "what `prepare` wrote")
    _path(add, "--runs", paths.work_folder() / "compare", "what `compare` trained")
    _path(add, "--records", paths.RECORDS, "what it wrote, and where to write")
    add.add_argument("--of", default="fine-tuned", help="the network that is combined with them")
    _protocol(add)


def _results_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--records", paths.RECORDS, "what `compare`, `attempt` and `tune` wrote")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _path(add, "--docs", Path("docs"), "folder to write")


def _protocol(add: argparse.ArgumentParser) -> None:
    add.add_argument("--protocol", choices=("original", "by lesion"), default="original")


def _train_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--run", paths.run_folder(), "folder of this run")
    add.add_argument("--epochs", type=int, default=14)
    add.add_argument("--rate", type=float, default=4e-4, help="highest learning rate")
    add.add_argument("--backbone", choices=("lite0", "lite2"), default="lite0")
    add.add_argument("--mixup", type=float, default=0.0, help="alpha of mixup, 0 for none")
    add.add_argument("--focal", type=float, default=0.0, help="gamma of focal loss, 0 for none")
    _ranges(add, "served")
    add.add_argument("--width", type=int, default=WIDTH, help="to which the network enlarges, px")
    add.add_argument("--start", default="", help="a best.keras to go on from, not ImageNet's")
    add.add_argument("--teachers", nargs="+", default=[], help=".keras files to learn from too")
    add.add_argument("--seed", type=int, default=SEED)
    add.add_argument(
        "--leaky-protocol",
        action="store_true",
        help="train although the audit finds lesions or pictures in two splits",
    )
    add.add_argument("--smoke", action="store_true", help="a minute that only shows that it works")


def _ranges(add: argparse.ArgumentParser, default: str) -> None:
    add.add_argument("--ranges", choices=BY_NAME, default=default, help="how far augmentation goes")


def _train_outline_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _masks(add)
    _path(add, "--run", paths.work_folder() / "runs" / "outline", "folder of this run")
    _others(add)
    add.add_argument("--epochs", type=int, default=14)
    add.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
    add.add_argument("--start", default="", help="a .keras to go on from, or a classifier's")
    add.add_argument("--seed", type=int, default=SEED)
    add.add_argument("--smoke", action="store_true", help="a minute that only shows that it works")


def _squares_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _masks(add)
    _path(add, "--record", paths.RECORDS / "squares.json", "JSON file to write")
    add.add_argument("--seed", type=int, default=SEED)


def _export_outline_options(add: argparse.ArgumentParser) -> None:
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


def _soup_options(add: argparse.ArgumentParser) -> None:
    _networks(add)
    _path(add, "--run", None, "folder to write")


def _networks(add: argparse.ArgumentParser) -> None:
    add.add_argument("--networks", type=Path, nargs="+", required=True, help=".keras files")


def _export_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--run", paths.run_folder(), "folder of the training run")
    _path(add, "--model", None, "folder to write; its name becomes the version")
    _others(add)
    _external(add)


def _subgroups_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--data", paths.data_folder(), "folder of HAM10000's table")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder; the figures are written into it")
    _external(add)


def _explanations_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _masks(add)
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _path(add, "--record", paths.RECORDS / "explanations.json", "JSON file to write")
    add.add_argument("--photos", type=int, default=80, help="of the valid split, to compare on")
    add.add_argument("--seed", type=int, default=SEED)


def _index_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")
    _path(add, "--out", None, "folder to write")
    add.add_argument("--record", type=Path, help="JSON file to measure into whether they are alike")


def _external(add: argparse.ArgumentParser) -> None:
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


def _contact_sheet_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--sheet", None, "PNG file to write")
    _ranges(add, "original")
    add.add_argument("--seed", type=int, default=SEED)


def _bench_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--report", None, "JSON file to write, and a table beside it (.md)")
    _path(add, "--data", paths.data_folder(), "photos to measure with; without them, drawn ones")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")


def _predict_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--images", None, "a folder or a zip file")
    _path(add, "--csv", None, "file to write")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder")


def _measure_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--images", None, "a folder or a zip file")
    _path(add, "--out", None, "folder to write: masks/ and measures.csv")
    _path(add, "--model", paths.DEFAULT_OUTLINER, "the folder of a model that outlines")


def _measure_lesions_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _masks(add)
    add.add_argument("--model", type=Path, help="a model that outlines, instead of the masks")
    add.add_argument("--split", choices=("train", "valid", "test"), default="train")
    add.add_argument("--lesions", type=int, default=0, help="at most, drawn at random; 0 for all")
    _path(add, "--table", None, "CSV file to write")
    add.add_argument("--seed", type=int, default=SEED)


def _reference_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _path(add, "--table", None, "what `measure-lesions` wrote of the train split")
    _path(add, "--out", paths.REFERENCE, "JSON file to write")


def _benefit_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    for split in ("train", "valid", "test"):
        _path(add, f"--{split}", None, f"what `measure-lesions` wrote of the {split} split")
    _path(add, "--model", paths.DEFAULT_MODEL, "a model folder with its scores")
    _path(add, "--record", paths.RECORDS / "benefit.json", "JSON file to write")


def _repeatability_options(add: argparse.ArgumentParser) -> None:
    _path(add, "--cache", paths.cache_folder(), "what `prepare` wrote")
    _masks(add)
    _path(add, "--record", paths.RECORDS / "repeatability.json", "JSON file to write")
    add.add_argument("--lesions", type=int, default=60, help="of the valid split, drawn at random")
    add.add_argument("--seed", type=int, default=SEED)


def _class_folders(add: Options) -> None:
    add.add_argument(
        "--class-folders",
        type=Path,
        help="instead: a folder with train_sep, valid and test, each with Melanoma and NotMelanoma",
    )


def _path(add: Options, name: str, default: Path | None, text: str) -> None:
    """Add an option that is a path; without a default it must be given."""
    add.add_argument(name, type=Path, default=default, required=default is None, help=text)


if __name__ == "__main__":
    sys.exit(main())
