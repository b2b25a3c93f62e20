"""The definition of a command of `python -m ml`, and the format of its help."""

import argparse
from collections.abc import Callable
from typing import NamedTuple


class Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Omits empty and false defaults, and keeps line breaks in descriptions and examples."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.required or not action.default:
            return action.help
        return super()._get_help_string(action)


class Command(NamedTuple):
    """A command: its name, description, options, function, and an example."""

    name: str
    text: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int | None]
    example: str = ""

    @property
    def epilog(self) -> str:
        """The last lines of the command's help."""
        return f"example:\n  python -m ml {self.name} {self.example}".rstrip()
