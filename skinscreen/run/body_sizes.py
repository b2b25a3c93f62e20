"""How large the body of a request may be: judged by its path and its length, before it is read."""

from ml.preprocessing.images import MAX_BYTES

MEGABYTE = 1_000_000
# What is said with a photo, and what separates the fields of a form.
PHOTO = MAX_BYTES + MEGABYTE
# Where a photo that is too large is told so; a connection that is cut says nothing to a person.
PHOTO_PATHS = {"/screenings/new/", "/screenings/send/"}
# Larger ones are cut off all the same.
MOST_IGNORED = 64 * 2**20


def most(path: str, *, is_known: bool = True) -> int:
    """Return how much is taken; a photo from whoever has the cookie of a session, at least."""
    return PHOTO if path in PHOTO_PATHS and is_known else MEGABYTE


def is_too_large(path: str, length: int, *, is_known: bool = True) -> bool:
    return length > most(path, is_known=is_known)


def is_worth_an_answer(path: str, length: int) -> bool:
    """Whether somebody may have chosen a photo that is too large, rather than be attacking."""
    return path in PHOTO_PATHS and length <= MOST_IGNORED
