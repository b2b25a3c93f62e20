"""`python -m ml`: from the raw data to the published model, and the model on any pictures."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ml import commands, errors, options
from ml.augmentation.ranges import BY_NAME
from ml.errors import OperatorError
from ml.serving.card import ModelError


def prepare(args: argparse.Namespace) -> None:
    from ml.data import cache, catalogue, class_folders

    if args.class_folders:
        class_folders.decode(args.class_folders, args.cache)
        return
    entries = cache.write(args.data, args.cache, args.seed)
    print(*catalogue.as_table(entries), sep="\n")
    print(f"{len(entries)} pictures, written to {args.cache}.")


def multiply(args: argparse.Namespace) -> None:
    from ml.replication import leaky_folders

    leaky_folders.write(args.data, args.folders, args.seed)


def audit(args: argparse.Namespace) -> int:
    """Print each pair that crosses the splits, and what is black; return 1 if there is any."""
    from ml.data import cache, leakage

    folder: Path | None = args.class_folders
    pictures = (
        leakage.from_class_folders(folder) if folder else leakage.from_cache(cache.read(args.cache))
    )
    leaks = leakage.find_leaks(pictures)
    found = [*map(str, leaks), *(f"{name}: all black" for name in leakage.find_black(pictures))]
    for sentence in found:
        print(sentence)
    checked = "no picture" if folder else "no lesion and no picture"
    if not found:
        print(f"Clean: {checked} among {len(pictures.names)} is in two splits.")
    return int(bool(found))


def tune(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.replication import tune
    from ml.replication.small_pictures import Pictures

    smoke = tune.SMOKE._replace(search=args.search)
    chosen = tune.Settings(args.search, args.trials, args.epochs, args.images, seed=args.seed)
    settings = smoke if args.smoke else chosen
    pictures = Pictures(cache.read_ham10000(args.cache), settings.height, settings.width)
    tune.tune(pictures, args.searches, args.record, settings)


def compare(args: argparse.Namespace) -> None:
    from ml.architectures.cnn import best_plan
    from ml.data import cache
    from ml.replication.compare import compare

    folders = (args.runs / args.protocol.replace(" ", "-"), args.records / "compare")
    _need_test(args, folders[0], ("test",))
    plans = best_plan(args.tuned / "bayesian"), best_plan(args.tuned / "hyperband")
    compare(cache.read_ham10000(args.cache), args.protocol, plans, folders, smoke=args.smoke)


def attempt(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.replication import ablations
    from ml.replication.run_record import About

    _need_test(args, args.record, ("test", *_sets(args)))
    about = About(args.title, args.protocol, args.epochs, args.seed)
    ensemble = ablations.Ensemble.load(args.networks, args.looking)
    data = cache.read_ham10000(args.cache)
    ablations.measure(data, ensemble, about, _sets(args)).write(args.record)


def validate(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.evaluation import validate

    data = cache.read(args.cache)
    if args.source:
        data = data.of(args.source)
    result = validate.measure(data, args.networks, args.title, args.looking, args.splits)
    validate.append(result, args.record)
    print(f"Mean AUROC {result.mean:.4f}, appended to {args.record}.")


def neighbours(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.replication import knn

    protocol = args.protocol.replace(" ", "-")
    _need_test(args, Path(args.of), ("test",))
    base, record = (
        args.records / "compare" / f"{protocol}-{name}.json" for name in (args.of, "neighbours")
    )
    run = args.runs / protocol / args.of
    knn.measure(cache.read_ham10000(args.cache), run, base).write(record)


def results(args: argparse.Namespace) -> None:
    from ml.report import results

    results.write(args.records, args.model, args.docs)


def train(args: argparse.Namespace) -> None:
    from ml.data import cache, leakage

    errors.require_training_packages()
    # Before TensorFlow is loaded, which takes seconds: what is missing is told at once.
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


def train_outline(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export import gate_fit
    from ml.segmentation import lesion_masks
    from ml.segmentation.train_outline import SMOKE, Pool, Settings, train

    data = cache.read_ham10000(args.cache)
    pool = Pool(data, lesion_masks.read(data, args.masks), gate_fit.other_views(args.others, 0))
    chosen = Settings(epochs=args.epochs, learning_rate=args.rate, start=args.start, seed=args.seed)
    train(pool, args.run, SMOKE if args.smoke else chosen)


def soup(args: argparse.Namespace) -> None:
    from ml.training import soup

    soup.write(args.networks, args.run, args.shares)
    print(f"{len(args.networks)} networks averaged, written to {args.run}.")


def export(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export.classifier_export import Sets, export
    from ml.export.gate_heads import Strange
    from ml.segmentation.outliner import Outliner

    data, strange = cache.read(args.cache), Strange(args.others, Outliner.load(args.outliner).mask)
    sets = Sets(strange, _sets(args), _left_out(args))
    _note_reading(args, args.model, ("test", *sets.external))
    export(data, args.run, sets, args.model, read_test=args.read_test)
    print(f"Wrote {args.model}.")


def _left_out(args: argparse.Namespace) -> list[tuple[str, Path]]:
    return [(source, Path(run)) for source, run in args.out_of_fold]


def refit(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export import model_folder
    from ml.export.refit import refit

    data, external = model_folder.only(cache.read(args.cache), args.sources), _sets(args)
    _note_reading(args, args.to, ("test", *args.sources, *external))
    refit(getattr(args, "from"), data, external, args.to, read_test=args.read_test)
    print(f"Wrote {args.to}.")


def unlike(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export import unlike_fit

    unlike_fit.add(args.model, cache.read(args.cache), args.kinds, args.seed)
    print(f"Wrote {args.model}.")


def _need_test(args: argparse.Namespace, model: Path, sets: Sequence[str]) -> None:
    """Record that a command reads test sets.

    Raises:
        OperatorError: nobody said that it may.
    """
    if not args.read_test:
        raise OperatorError(
            "This measures the test split: give --read-test, which is recorded. `python -m ml "
            "validate` measures without it."
        )
    _note_reading(args, model, sets)


def _note_reading(args: argparse.Namespace, model: Path, sets: Sequence[str]) -> None:
    """Record that test sets are read, before they are."""
    from ml.export import holdout_readings

    if args.read_test:
        holdout_readings.record(args.readings, model.name, sets)


def convert(args: argparse.Namespace) -> None:
    from ml.export.classifier_export import convert_anew

    convert_anew(args.model, args.to)


def export_outline(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export.outline_export import Sets, export

    sets = Sets(args.masks, args.others, _sets(args), args.every)
    export(cache.read_ham10000(args.cache), args.run, sets, args.classifier, args.model)


def subgroups(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.evaluation.subgroups import factors, subgroup_record
    from ml.serving.classifier import Classifier

    classifier, data = Classifier.load(args.model), cache.read(args.cache)
    _note_reading(args, args.model, ("test",))
    split = "test" if args.read_test else "valid"
    found = subgroup_record.measure(classifier, data, factors.read_tables(args.data), split)
    subgroup_record.write(found, args.record)
    print(f"{len(found.subgroups)} subgroups measured, written to {args.record}.")


def _sets(args: argparse.Namespace) -> dict[str, tuple[Path, Path]]:
    return {name: (Path(images), Path(labels)) for name, images, labels in args.external}


def explanations(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.explanations.map_comparison import measure
    from ml.segmentation import lesion_masks
    from ml.serving import saliency

    data = cache.read_ham10000(args.cache)
    outlined = lesion_masks.read(data, args.masks, (saliency.COLUMNS, saliency.ROWS)) / 255
    measure(args.model, data, outlined, args.photos, args.seed).write(args.record)


def index(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export import similar_index
    from ml.serving.classifier import Classifier

    classifier, data = Classifier.load(args.model), cache.read_ham10000(args.cache)
    similar_index.write(classifier, data, args.out)
    print(f"Wrote {args.out}.")
    if args.record:
        _note_reading(args, args.model, ("test",))
        splits = ("valid", "test") if args.read_test else ("valid",)
        found = similar_index.agree(classifier, data, args.out, splits)
        similar_index.write_record(found, args.record)
        print(f"Wrote {args.record}.")


def evaluate(args: argparse.Namespace) -> None:
    from ml.evaluation.evaluate import evaluate, write_report
    from ml.serving.classifier import Classifier

    classifier = Classifier.load(args.model)
    result = evaluate(classifier, args.images, args.labels, options.kind_of(args))
    write_report(result, classifier.card.version, args.report)
    print(f"{result.images} pictures measured, written to {args.report}.")


def predict(args: argparse.Namespace) -> None:
    from ml.evaluation.predict import write_predictions
    from ml.serving.classifier import Classifier

    stated = options.kind_of(args)
    print(write_predictions(Classifier.load(args.model), args.images, args.csv, stated))


def measure(args: argparse.Namespace) -> None:
    from ml.features.studies import measure_photos
    from ml.segmentation.outliner import Outliner

    measure_photos.write(Outliner.load(args.model), args.images, args.out)


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


def reference(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.features.studies import feature_table, reference

    reference.write(cache.read_ham10000(args.cache), feature_table.read(args.table), args.out)


def benefit(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.features.studies import benefit, feature_table

    _need_test(args, args.model, ("test",))
    tables = {
        split: feature_table.read(getattr(args, split)) for split in ("train", "valid", "test")
    }
    benefit.measure(cache.read_ham10000(args.cache), tables, args.model).write(args.record)


def repeatability(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.features.studies import repeatability

    lesions = repeatability.draw(
        cache.read_ham10000(args.cache), args.masks, args.lesions, args.seed
    )
    repeatability.compare(lesions).write(args.record)


def robustness(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.evaluation.robustness.robustness import measure, write
    from ml.serving.classifier import Classifier

    classifier = Classifier.load(args.model)
    effects = measure(classifier, cache.read(args.cache), args.photos, args.seed)
    write(effects, classifier.card.version, args.record)
    print(f"{len(effects)} changes measured, written to {args.record}.")


def shortcuts(args: argparse.Namespace) -> None:
    from ml.data import cache, tables
    from ml.evaluation.robustness import shortcuts
    from ml.serving.classifier import Classifier

    classifier = Classifier.load(args.model)
    table = args.data / "isic_acral.csv"
    rows = tables.by_image(tables.read(table)) if table.is_file() else {}
    clinics = {name: row.cells.get("source", "") for name, row in rows.items()}
    found = shortcuts.measure(classifier.network, cache.read(args.cache), clinics)
    shortcuts.write(found, classifier.card.version, args.record)
    print(f"{len(found)} checks, written to {args.record}.")


def contact_sheet(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.training import contact_sheet

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
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in errors.TRAINING_PACKAGES:
            raise
        print(errors.NOT_INSTALLED, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename} cannot be used: {error.strerror}.", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """Return the parser; each command's function is in `command`."""
    top = argparse.ArgumentParser(
        "python -m ml",
        "python -m ml COMMAND [options]",
        f"{__doc__}\n\n{commands.overview()}",
        formatter_class=commands.Help,
    )
    added = top.add_subparsers(required=True, metavar="COMMAND", help=argparse.SUPPRESS)
    for command in (one for group in commands.GROUPS.values() for one in group):
        function = command.name.replace("-", "_")
        one = added.add_parser(
            command.name,
            prog=f"python -m ml {command.name}",
            description=command.text[0].upper() + command.text[1:] + ".",
            epilog=commands.example(command),
            formatter_class=commands.Help,
        )
        one.set_defaults(command=globals()[function])
        getattr(options, function)(one)
    return top


if __name__ == "__main__":
    sys.exit(main())
