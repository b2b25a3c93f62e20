"""Limits the size of a request's body, by path and length, before it is read."""

from ml.preprocessing.file_size import MAX_BYTES

MEGABYTE = 1_000_000
# For the other fields of the form, and the separators.
PHOTO = MAX_BYTES + MEGABYTE
# Up to here a page explains that the photo is too large; a cut connection would explain nothing.
PHOTO_PATHS = {"/screenings/new/", "/screenings/send/"}
# Larger requests are cut off.
MOST_IGNORED = 64 * 2**20


def most(path: str, *, is_known: bool = True) -> int:
    """Return the limit. A photo is accepted only with a session cookie."""
    return PHOTO if path in PHOTO_PATHS and is_known else MEGABYTE


def is_too_large(path: str, length: int, *, is_known: bool = True) -> bool:
    return length > most(path, is_known=is_known)


def is_worth_an_answer(path: str, length: int) -> bool:
    """Return whether this may be a person's photo that is too large, and not an attack."""
    return path in PHOTO_PATHS and length <= MOST_IGNORED
