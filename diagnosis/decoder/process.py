"""The process that decodes photos. It limits its memory and time, and confines itself.

It reads tasks from standard input and writes answers to standard output: bytes and JSON, nothing
that needs unpickling. It gets no settings, no database and no secrets, and ends with its owner,
the process that started it.
"""

import io
import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path
from time import process_time
from typing import BinaryIO

import numpy.ma  # noqa: F401 - NumPy's import on first use would fail: no file can be opened then
from PIL import Image

from diagnosis.decoder import confinement
from diagnosis.decoder.cleaning import clean, reduced, render
from ml.preprocessing.images import ImageError, ImageFault, decode

CLEAN, FRAMED, RENDER, PIXELS, REDUCED = b"C", b"F", b"V", b"P", b"R"
# The number of parts of an answer besides its JSON. Parts that a task does not use are empty.
PARTS = 4
# The part of the photo to cut out: left, top, right, bottom. These bytes precede the photo.
FRAME = struct.Struct(">4I")
# The kind of task, the task's number, and the length of the photo with its frame, if there is one.
# The answer begins with the task's number.
HEAD = struct.Struct(">cII")
NUMBER = LENGTH = struct.Struct(">I")
# Sent once, before the first photo. A failure before this message was not caused by a photo.
READY = b"ready"
# The variable by which an operator accepts a decoder that is not confined.
ACCEPT = "ACCEPT_OPEN_DECODER"
MEMORY_BYTES = 640 * 1024 * 1024
# The limit per photo, in processor time of all threads. `SECONDS` is for a machine that decodes the
# reference picture in `REFERENCE_SECONDS`, and is twice the time of a 12-megapixel HEIC there. The
# limit is higher on a slower machine, up to `MOST_SECONDS`.
SECONDS, MOST_SECONDS = 1.6, 4.0
REFERENCE_SECONDS = 0.011
REFERENCE = Path(__file__).with_name("reference.heic")
REFERENCE_RUNS = 3
# Exit status if the kernel refuses the confinement.
REFUSED = 77


def main() -> None:
    reference = REFERENCE.read_bytes()
    if confine() and ACCEPT not in os.environ:
        # The exit status reports the failure, since the process may no longer write to a log file.
        os._exit(REFUSED)
    answer(sys.stdin.buffer, sys.stdout.buffer, seconds_for(reference_seconds(reference)))
    # Skip Python's cleanup, so that the process ends at once when an operator stops SkinScreen.
    os._exit(0)


def confine() -> list[str]:
    """Give up all rights that decoding does not need. Return the mechanisms that failed."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    for limit in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))
    # Ctrl-C and stop signals reach the whole process group. The decoder ignores these signals, to
    # finish the current photo.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    # Imports Pillow's format plugins: on first use, this process can no longer open files.
    Image.init()
    return confinement.confine()


def reference_seconds(reference: bytes) -> float:
    """Return the processor time for decoding a small HEIC, since HEIC has the slowest codec."""
    return min(_seconds_of(reference) for _ in range(REFERENCE_RUNS))


def _seconds_of(photo: bytes) -> float:
    begun = process_time()
    decode(io.BytesIO(photo))
    return process_time() - begun


def seconds_for(taken: float) -> float:
    """Return the limit per photo, given the time that the reference picture took."""
    return min(MOST_SECONDS, SECONDS * max(1, taken / REFERENCE_SECONDS))


def answer(tasks: BinaryIO, answers: BinaryIO, seconds: float = SECONDS) -> None:
    """Answer tasks until the owner closes the pipe. `seconds` limits each photo."""
    answers.write(READY)
    answers.flush()
    while head := tasks.read(HEAD.size):
        kind, number, length = HEAD.unpack(head)
        reply, parts = outcome(kind, tasks.read(length), seconds)
        answers.write(NUMBER.pack(number))
        for part in (reply, *parts):
            answers.write(LENGTH.pack(len(part)) + part)
        answers.flush()


def outcome(kind: bytes, photo: bytes, seconds: float) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the facts about a photo as JSON, and the other parts of the answer."""
    # SIGPROF ends the process. A Python handler would never run while a library hangs.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        size, parts = made_of(kind, photo)
        facts: dict[str, object] = {"size": size}
    except ImageError as error:
        facts, parts = {"fault": error.fault.value}, ()
    except MemoryError:
        facts, parts = {"fault": ImageFault.TOO_DEMANDING.value}, ()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return json.dumps(facts).encode(), (*parts, *[b""] * (PARTS - len(parts)))


def made_of(kind: bytes, photo: bytes) -> tuple[tuple[int, int], tuple[bytes, ...]]:
    if kind in {PIXELS, REDUCED}:
        image = (decode if kind == PIXELS else reduced)(io.BytesIO(photo))
        return image.size, (image.tobytes(),)
    if kind == RENDER:
        renditions = render(io.BytesIO(photo))
        return (0, 0), (renditions.page, renditions.views)
    frame = FRAME.unpack_from(photo) if kind == FRAMED else None
    cleaned = clean(io.BytesIO(photo[FRAME.size :] if frame else photo), frame)
    renditions = cleaned.renditions
    parts = cleaned.content, cleaned.thumbnail, renditions.page, renditions.views
    return (cleaned.width, cleaned.height), parts


if __name__ == "__main__":
    main()
