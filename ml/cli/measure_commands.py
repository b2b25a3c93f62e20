"""Commands that measure the classifier."""

import argparse
from pathlib import Path

from ml import paths
from ml.cli.arguments import (
    add_cache,
    add_external,
    add_masks,
    add_model,
    add_networks,
    add_path,
    add_protocol,
    add_read_test,
    add_seed,
    external_sets,
    note_reading,
    require_read_test,
)
from ml.cli.definition import Command


def attempt_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_networks(parser)
    add_path(parser, "--record", None, "JSON file to write")
    parser.add_argument("--title", required=True, help="what was tried")
    parser.add_argument("--epochs", type=int, default=0, help="number of epochs of the training")
    add_seed(parser)
    looking = ("once", "mirrored", "at-scales")
    parser.add_argument("--looking", choices=looking, default="once", help="which views to average")
    add_protocol(parser)
    add_external(parser)
    add_read_test(parser)


def attempt(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.replication import ablations
    from ml.replication.run_record import About

    require_read_test(args, args.record, ("test", *external_sets(args)))
    about = About(args.title, args.protocol, args.epochs, args.seed)
    ensemble = ablations.Ensemble.load(args.networks, args.looking)
    data = cache.read_ham10000(args.cache)
    ablations.measure(data, ensemble, about, external_sets(args)).write(args.record)
    print(f"Wrote {args.record}.")


def paired_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_model(parser)
    add_path(parser, "--against", paths.LINEAGE / "lite0-6.keras", "the other network")
    add_path(parser, "--record", paths.RECORDS / "paired.json", "JSON file to write")
    add_read_test(parser)


def paired(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.replication import paired

    data = cache.read_ham10000(args.cache)
    note_reading(args, args.model, ("test",))
    split = "test" if args.read_test else "valid"
    paired.measure(data, args.model, args.against, split).write(args.record)
    print(f"Wrote {args.record}.")


def subgroups_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_path(
        parser, "--data", paths.data_folder(), "folder of the tables that describe the pictures"
    )
    add_model(parser)
    add_path(parser, "--record", paths.RECORDS / "subgroups.json", "JSON file to write")
    add_read_test(parser)


def subgroups(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.evaluation.subgroups import factors, subgroup_record
    from ml.serving.classifier import Classifier

    classifier, data = Classifier.load(args.model), cache.read(args.cache)
    note_reading(args, args.model, ("test",))
    split = "test" if args.read_test else "valid"
    result = subgroup_record.measure(classifier, data, factors.read_tables(args.data), split)
    subgroup_record.write(result, args.record)
    print(f"{len(result.subgroups)} subgroups measured, written to {args.record}.")


def patient_answers_options(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--table", paths.data_folder() / "pad_ufes20.csv", "PAD-UFES-20's table")
    add_path(parser, "--record", paths.RECORDS / "patient-answers.json", "JSON file to write")


def patient_answers(args: argparse.Namespace) -> None:
    from ml.data import tables
    from ml.evaluation import patient_answers

    table = [row.cells for row in tables.read(args.table).rows]
    answers = patient_answers.measure(table)
    patient_answers.write(answers, args.record)
    print(f"{len(answers)} answers counted, written to {args.record}.")


def robustness_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_model(parser)
    add_path(parser, "--record", paths.RECORDS / "robustness.json", "JSON file to write")
    parser.add_argument(
        "--photos", type=int, default=200, help="photos of each kind, from the `valid` split"
    )
    add_seed(parser)


def robustness(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.evaluation.robustness.robustness import measure, write
    from ml.serving.classifier import Classifier

    classifier = Classifier.load(args.model)
    effects = measure(classifier, cache.read(args.cache), args.photos, args.seed)
    write(effects, classifier.card.version, args.record)
    print(f"{len(effects)} changes measured, written to {args.record}.")


def shortcuts_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_path(
        parser, "--data", paths.data_folder(), "folder of isic_acral.csv, which names the clinics"
    )
    add_model(parser)
    add_path(parser, "--record", paths.RECORDS / "shortcuts.json", "JSON file to write")


def shortcuts(args: argparse.Namespace) -> None:
    from ml.data import cache, tables
    from ml.evaluation.robustness import shortcuts
    from ml.serving.classifier import Classifier

    classifier = Classifier.load(args.model)
    table = args.data / "isic_acral.csv"
    rows = tables.by_image(tables.read(table)) if table.is_file() else {}
    clinics = {name: row.cells.get("source", "") for name, row in rows.items()}
    figures = shortcuts.measure(classifier.network, cache.read(args.cache), clinics)
    shortcuts.write(figures, classifier.card.version, args.record)
    print(f"{len(figures)} checks, written to {args.record}.")


def explanations_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_masks(parser)
    add_model(parser)
    add_path(parser, "--record", paths.RECORDS / "explanations.json", "JSON file to write")
    parser.add_argument(
        "--photos", type=int, default=80, help="photos of the `valid` split to compare on"
    )
    add_seed(parser)
    add_read_test(parser)


def explanations(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.explanations.map_comparison import Photos, measure
    from ml.segmentation import lesion_masks
    from ml.serving import saliency

    data = cache.read_ham10000(args.cache)
    note_reading(args, args.model, ("test",))
    split = "test" if args.read_test else "valid"
    outlined = lesion_masks.read(data, args.masks, (saliency.COLUMNS, saliency.ROWS)) / 255
    photos = Photos(data, data.rows(split), outlined)
    measure(args.model, photos, split, args.photos, args.seed).write(args.record)
    print(f"Wrote {args.record}.")


def index_options(parser: argparse.ArgumentParser) -> None:
    add_cache(parser)
    add_model(parser)
    add_path(parser, "--out", None, "folder to write")
    parser.add_argument(
        "--record", type=Path, help="JSON file: how often the lesions share the photo's class"
    )
    add_read_test(parser)


def index(args: argparse.Namespace) -> None:
    from ml.data import cache
    from ml.export import similar_index
    from ml.serving.classifier import Classifier

    classifier, data = Classifier.load(args.model), cache.read_ham10000(args.cache)
    similar_index.write(classifier, data, args.out)
    print(f"Wrote {args.out}.")
    if args.record:
        note_reading(args, args.model, ("test",))
        splits = ("valid", "test") if args.read_test else ("valid",)
        agreements = similar_index.agree(classifier, data, args.out, splits)
        similar_index.write_record(agreements, args.record)
        print(f"Wrote {args.record}.")


def bench_options(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--report", None, "JSON file to write, and a table beside it (.md)")
    add_path(
        parser,
        "--data",
        paths.data_folder(),
        "folder of data sets; without them, pictures are drawn",
    )
    add_model(parser)


def bench(args: argparse.Namespace) -> None:
    from ml.bench.command import bench

    bench(args.model, args.data, args.report)
    print(f"Wrote {args.report} and {args.report.with_suffix('.md')}.")


def results_options(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--records", paths.RECORDS, "folder of the other commands' records")
    add_model(parser)
    add_path(parser, "--docs", Path("docs"), "folder to write")


def results(args: argparse.Namespace) -> None:
    from ml.report import results

    results.write(args.records, args.model, args.docs)
    print(f"Wrote {args.docs / 'results.md'} and {args.docs / 'model-card.md'}.")


COMMANDS = (
    Command(
        "attempt",
        "measure trained runs on HAM10000, alone or averaged",
        attempt_options,
        attempt,
        "--networks var/ml/runs/lite0/best.keras --title Mixup --record mixup.json --read-test",
    ),
    Command(
        "paired",
        "compare the model with an earlier one on the same photos of HAM10000",
        paired_options,
        paired,
    ),
    Command(
        "subgroups",
        "measure the model in subgroups of people and lesions, and how useful its answers are",
        subgroups_options,
        subgroups,
    ),
    Command(
        "patient-answers",
        "count the answers of PAD-UFES-20's patients by diagnosis",
        patient_answers_options,
        patient_answers,
    ),
    Command(
        "robustness",
        "measure how hairs, lamps, distance and other changes affect the answer",
        robustness_options,
        robustness,
    ),
    Command(
        "shortcuts",
        "measure whether the network recognises the clinic, not the disease",
        shortcuts_options,
        shortcuts,
    ),
    Command("explanations", "compare saliency maps", explanations_options, explanations),
    Command(
        "index",
        "embed the training lesions that clinicians see beside a photo",
        index_options,
        index,
        "--out var/ml/index",
    ),
    Command(
        "bench",
        "measure the speed of training input and serving",
        bench_options,
        bench,
        "--report docs/bench.json",
    ),
    Command(
        "results",
        "write docs/results.md, its plots and docs/model-card.md",
        results_options,
        results,
    ),
)
