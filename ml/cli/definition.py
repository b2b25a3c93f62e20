"""The definition of a command of `python -m ml`, and the format of its help."""

import argparse
from collections.abc import Callable
from typing import NamedTuple


class Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Shows defaults that say something, and keeps the lines of descriptions and examples."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.required or not action.default:
            return action.help
        return super()._get_help_string(action)


class Command(NamedTuple):
    """A command's name, what it does, its options, its function, and an example of its options."""

    name: str
    text: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int | None]
    example: str = ""

    @property
    def epilog(self) -> str:
        """The last lines of its help."""
        return f"example:\n  python -m ml {self.name} {self.example}".rstrip()
