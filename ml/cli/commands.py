"""The commands of `python -m ml`, in the groups that its help shows."""

import argparse
from collections.abc import Mapping

from ml.cli import (
    measure_commands,
    outline_commands,
    prepare_commands,
    replicate_commands,
    train_commands,
    use_commands,
)
from ml.cli.definition import Command, Help

GROUPS: Mapping[str, tuple[Command, ...]] = {
    "use a model": use_commands.COMMANDS,
    "prepare data": prepare_commands.COMMANDS,
    "train and publish the classifier": train_commands.COMMANDS,
    "measure the classifier": measure_commands.COMMANDS,
    "outline and measure lesions": outline_commands.COMMANDS,
    "repeat the write-up's protocol": replicate_commands.COMMANDS,
}


def parser(description: str) -> argparse.ArgumentParser:
    """Return the parser. Its result has the chosen command's function in `command`."""
    top = argparse.ArgumentParser(
        "python -m ml",
        "python -m ml COMMAND [options]",
        f"{description}\n\n{overview()}",
        formatter_class=Help,
    )
    added = top.add_subparsers(required=True, metavar="COMMAND", help=argparse.SUPPRESS)
    for command in (entry for group in GROUPS.values() for entry in group):
        subparser = added.add_parser(
            command.name,
            prog=f"python -m ml {command.name}",
            description=command.text[0].upper() + command.text[1:] + ".",
            epilog=command.epilog,
            formatter_class=Help,
        )
        subparser.set_defaults(command=command.run)
        command.add_options(subparser)
    return top


def overview() -> str:
    """Return all commands by group, as the help shows them."""
    groups = []
    for title, commands in GROUPS.items():
        lines = [f"  {command.name:16}  {command.text}" for command in commands]
        groups.append("\n".join([f"{title}:", *lines]))
    return "\n\n".join([*groups, "Each has --help, with its defaults and an example."])
