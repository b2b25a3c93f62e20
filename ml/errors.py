"""The error that `python -m ml` shows as one sentence, without a traceback."""


class OperatorError(Exception):
    """Something that the person at the keyboard can put right; the message says how."""
