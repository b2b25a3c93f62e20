"""The error that `python -m ml` shows as one sentence, without a traceback."""

from importlib.util import find_spec

TRAINING_PACKAGES = {"keras", "keras_tuner", "matplotlib", "sklearn", "tensorflow"}
NOT_INSTALLED = (
    "This command needs TensorFlow and other packages that serving does not need: "
    "run make install-training."
)


class OperatorError(Exception):
    """A mistake that the operator can correct; the message says how."""


def require_training_packages() -> None:
    """Raise OperatorError, before any work is done, if TensorFlow is missing."""
    if find_spec("tensorflow") is None:
        raise OperatorError(NOT_INSTALLED)
