"""Commands that use a model on pictures."""

import argparse

from ml import paths
from ml.cli.arguments import add_kind, add_model, add_path, kind_of
from ml.cli.definition import Command


def predict_options(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--images", None, "a folder, a zip file or a picture")
    add_path(parser, "--csv", None, "file to write")
    add_model(parser)
    add_kind(parser)


def predict(args: argparse.Namespace) -> None:
    from ml.evaluation.predict import write_predictions
    from ml.serving.classifier import Classifier

    stated = kind_of(args)
    print(write_predictions(Classifier.load(args.model), args.images, args.csv, stated))


def evaluate_options(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--images", None, "a folder or a zip file")
    add_path(parser, "--labels", None, "CSV with image_id, and one of dx, diagnosis and melanoma")
    add_path(parser, "--report", None, "JSON file to write")
    add_model(parser)
    add_kind(parser)


def evaluate(args: argparse.Namespace) -> None:
    from ml.evaluation.evaluate import evaluate, write_report
    from ml.serving.classifier import Classifier

    classifier = Classifier.load(args.model)
    result = evaluate(classifier, args.images, args.labels, kind_of(args))
    write_report(result, classifier.card.version, args.report)
    print(f"{result.images} pictures measured, written to {args.report}.")


def measure_options(parser: argparse.ArgumentParser) -> None:
    add_path(parser, "--images", None, "a folder or a zip file")
    add_path(parser, "--out", None, "folder to write: masks/ and measures.csv")
    add_path(parser, "--model", paths.DEFAULT_OUTLINER, "folder of an outline model")


def measure(args: argparse.Namespace) -> None:
    from ml.features.studies import measure_photos
    from ml.segmentation.outliner import Outliner

    measure_photos.write(Outliner.load(args.model), args.images, args.out)
    print(f"Wrote {args.out}.")


COMMANDS = (
    Command(
        "predict",
        "classify every picture in a folder or zip",
        predict_options,
        predict,
        "--images photos.zip --csv answers.csv --kind camera",
    ),
    Command(
        "evaluate",
        "measure the model on labelled pictures",
        evaluate_options,
        evaluate,
        "--images photos.zip --labels labels.csv --report report.json",
    ),
    Command(
        "measure",
        "outline the lesion in every picture in a folder or zip",
        measure_options,
        measure,
        "--images photos.zip --out outlines",
    ),
)
