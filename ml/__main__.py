"""`python -m ml`: all steps from the raw data to the published model, and its use on pictures."""

import argparse
import sys
from collections.abc import Callable, Sequence

from ml import errors
from ml.cli import commands
from ml.errors import OperatorError
from ml.serving.card import ModelError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    1: the audit found leakage or a black picture. 2: the command cannot run; the message says why.
    """
    args = commands.parser(__doc__ or "").parse_args(argv)
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
        # The error of a write to a full disk names no file.
        print(f"{error.filename or 'A file'} cannot be used: {error.strerror}.", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
