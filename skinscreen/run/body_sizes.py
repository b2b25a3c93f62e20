"""Limits the length of a request's body, by path and session cookie, before the body is read."""

from ml.preprocessing.file_size import MAX_BYTES

MEGABYTE = 1_000_000
# A photo, and a megabyte for the other fields of the form and the separators.
PHOTO = MAX_BYTES + MEGABYTE
# The paths of forms with a photo.
PHOTO_PATHS = {"/screenings/new/", "/screenings/send/"}
# Up to this size, a page explains that the photo is too large. A larger request gets an empty
# answer, and its connection is closed.
MOST_IGNORED = 64 * 2**20


def most(path: str, *, has_session: bool = True) -> int:
    """Return the limit. Photos are accepted only with a session cookie."""
    return PHOTO if path in PHOTO_PATHS and has_session else MEGABYTE


def is_too_large(path: str, length: int, *, has_session: bool = True) -> bool:
    return length > most(path, has_session=has_session)


def is_worth_an_answer(path: str, length: int) -> bool:
    """Return whether a request may be a person's photo that is too large, and not an attack."""
    return path in PHOTO_PATHS and length <= MOST_IGNORED
