"""The commands of `python -m ml`, in the order in which a model is made, with an example each."""

import argparse
from collections.abc import Mapping
from typing import NamedTuple


class Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Shows defaults that say something, and keeps the lines of descriptions and examples."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.required or not action.default:
            return action.help
        return super()._get_help_string(action)


class Command(NamedTuple):
    """A command's name, what it does, and an example of its options."""

    name: str
    text: str
    example: str = ""


GROUPS: Mapping[str, tuple[Command, ...]] = {
    "use a model": (
        Command(
            "predict",
            "classify every picture in a folder or zip",
            "--images photos.zip --csv answers.csv --kind camera",
        ),
        Command(
            "evaluate",
            "measure the model on labelled pictures",
            "--images photos.zip --labels labels.csv --report report.json",
        ),
        Command(
            "measure",
            "outline the lesion in every picture in a folder or zip",
            "--images photos.zip --out outlines",
        ),
    ),
    "prepare data": (
        Command("prepare", "decode every data set in a folder once, into the cache", "--data DIR"),
        Command("audit", "look for lesions and pictures that are in two splits"),
        Command("contact-sheet", "draw augmented copies of training pictures", "--sheet sheet.png"),
    ),
    "train and publish the classifier": (
        Command(
            "train",
            "fine-tune the network; run again to continue a killed run",
            "--start ml/lineage/lite0-6.keras --frozen 5 --epochs 12",
        ),
        Command(
            "validate",
            "measure trained networks by source, without a test split",
            '--networks var/ml/runs/lite0/best.keras --title "14 epochs"',
        ),
        Command(
            "soup",
            "average the weights of runs that went on from one network",
            "--networks one.keras other.keras --shares 0.6 0.4 --run var/ml/runs/soup",
        ),
        Command(
            "export",
            "calibrate, measure and write the model folder",
            "--model ml/artefacts/mine-1 --others other-pictures.zip",
        ),
        Command(
            "unlike",
            "fit what is unlike anything taught, into the folder of a new model",
            "--model ml/artefacts/mine-1",
        ),
        Command(
            "refit",
            "write a published model anew, with tiers and figures fitted to data",
            "--to ml/artefacts/mine-2",
        ),
        Command(
            "convert",
            "write a published model's LiteRT file anew, as a new model",
            "--model ml/artefacts/mine-1 --to ml/artefacts/mine-2",
        ),
    ),
    "measure the classifier": (
        Command("attempt", "measure trained runs on HAM10000, alone or averaged", "--read-test"),
        Command(
            "subgroups",
            "measure the model by person and lesion, and what its answers are worth",
        ),
        Command("robustness", "measure what hairs, lamps, discs, distance ... do to the answer"),
        Command("shortcuts", "measure whether the network tells the clinic, not the disease"),
        Command("explanations", "compare maps of where the model looked"),
        Command("index", "embed the training lesions that clinicians see beside a photo"),
        Command("bench", "measure the speed of training input and serving"),
        Command("results", "write docs/results.md, its plots and docs/model-card.md"),
    ),
    "outline and measure lesions": (
        Command("train-outline", "train the network that outlines the lesion"),
        Command("export-outline", "measure and write the model that outlines"),
        Command("measure-lesions", "measure HAM10000's lesions, into a table"),
        Command("reference", "write the percentiles of benign lesions' measures"),
        Command("benefit", "measure whether the measures tell melanomas", "--read-test"),
        Command("repeatability", "measure whether measures repeat in a changed photo"),
    ),
    "repeat the write-up's protocol": (
        Command(
            "multiply",
            "write class folders under the original's leaky protocol",
            "--folders var/ml/original-folders",
        ),
        Command("tune", "search the original's space for the best CNN", "--search hyperband"),
        Command("compare", "train and measure the networks of the comparison", "--read-test"),
        Command(
            "neighbours", "measure a network and the most alike training pictures", "--read-test"
        ),
    ),
}


def overview() -> str:
    """Return all commands by group, as the help shows them."""
    groups = []
    for title, commands in GROUPS.items():
        lines = [f"  {command.name:16}  {command.text}" for command in commands]
        groups.append("\n".join([f"{title}:", *lines]))
    return "\n\n".join([*groups, "Each has --help, with its defaults and an example."])


def example(command: Command) -> str:
    """Return the last lines of a command's help."""
    return f"example:\n  python -m ml {command.name} {command.example}".rstrip()
