"""Decodes photos in a separate process, one for each calling process (see `decoder.process`)."""

import atexit
import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from select import POLLIN, poll
from threading import Lock
from typing import IO, TYPE_CHECKING

from django.conf import settings
from PIL import Image

from diagnosis.decoder.cleaning import CleanPhoto, Frame, Renditions
from diagnosis.decoder.process import (
    ACCEPT,
    CLEAN,
    FRAME,
    FRAMED,
    HEAD,
    LENGTH,
    NUMBER,
    PARTS,
    PIXELS,
    READY,
    REDUCED,
    REFUSED,
    RENDER,
)
from diagnosis.photos.outages import OutageError
from ml.preprocessing.file_size import MAX_BYTES
from ml.preprocessing.images import MAX_SIDE, ImageError, ImageFault

if TYPE_CHECKING:
    from _typeshed import SupportsRead

# A generous limit on wall-clock time, since a busy machine is not the photo's fault. The decoder
# limits its own processor time.
PATIENCE_SECONDS = 15
# After this many photos the process is replaced, to bound the libraries' memory leaks.
MOST_PHOTOS = 500
PIECE = 1024 * 1024
# The pixels of the largest photo, three bytes each.
LONGEST = 3 * MAX_SIDE**2
ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "diagnosis.decoder.process")
# The process gets no secrets. All its threads share one malloc arena, since each arena would count
# against the memory limit.
ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    # NumPy would start threads when it is imported. Landlock would not cover these threads.
    "OPENBLAS_NUM_THREADS": "1",
}


class DecoderError(OutageError):
    """The decoder does not start. The photo is not at fault."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"the process that decodes photos does not start: {_reason(status)}")


def _reason(status: int | None) -> str:
    if status == REFUSED:
        return (
            "the kernel has Landlock and seccomp, but refuses to apply one of them. Allow both, or "
            "set SKINSCREEN_ACCEPT_OPEN_DECODER to 1 to decode with less confinement."
        )
    return f"it ended with status {status}; earlier lines of the log may say why."


class DecoderProcess:
    """Starts a decoder process on first use, and again after it has ended."""

    def __init__(self, command: tuple[str, ...] = COMMAND) -> None:
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0
        self.photos = 0
        self.is_ready = False
        self.lock = Lock()

    def start(self) -> subprocess.Popen[bytes]:
        """Return the running decoder. After a fork, the child process starts its own."""
        if self.process is None or self.owner != os.getpid() or self.process.poll() is not None:
            self.stop()
            self.owner, self.photos, self.is_ready = os.getpid(), 0, False
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=ENVIRONMENT | ({ACCEPT: "1"} if settings.ACCEPTS_OPEN_DECODER else {}),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                pipesize=PIECE,
            )
        return self.process

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is not None and self.owner == os.getpid():
            process.kill()
            # This also closes the pipes, and leaves no zombie.
            with contextlib.suppress(ValueError, OSError):
                process.communicate()

    def ask(self, kind: bytes, photo: bytes) -> tuple[tuple[int, int], list[bytes]]:
        """Return the size of a photo and the parts made from it.

        Raises:
            ImageError: the photo is not usable, or decoding it hung, crashed or used too many
                resources.
            DecoderError: the decoder does not start. The photo is not at fault.
        """
        with self.lock:
            try:
                facts, *parts = self._exchange(kind, photo)
                answer = json.loads(facts)
            except (OSError, EOFError) as error:
                self._renew()
                raise ImageError(ImageFault.TOO_DEMANDING) from error
            except BaseException:
                # For example, a task's time limit is over. The answer to this photo must not be
                # read as the answer to the next one.
                self.stop()
                raise
            if answer.get("fault") == ImageFault.TOO_DEMANDING or self.photos >= MOST_PHOTOS:
                self._renew()
        if "fault" in answer:
            raise ImageError(ImageFault(answer["fault"]))
        width, height = answer["size"]
        return (width, height), parts

    def _renew(self) -> None:
        """Replace the process now, so that the next photo need not wait for the start."""
        self.stop()
        self.start()

    def _exchange(self, kind: bytes, photo: bytes) -> list[bytes]:
        process = self.start()
        assert process.stdin
        assert process.stdout
        if not self.is_ready:
            self._wait_for_start(process, process.stdout)
        self.photos += 1
        send(process.stdin, HEAD.pack(kind, self.photos, len(photo)) + photo)
        if exactly(process.stdout, NUMBER.size) != NUMBER.pack(self.photos):
            raise EOFError  # the answer belongs to another photo
        return [received(process.stdout) for _ in range(1 + PARTS)]

    def _wait_for_start(self, process: "subprocess.Popen[bytes]", answers: IO[bytes]) -> None:
        try:
            self.is_ready = exactly(answers, len(READY)) == READY
        except (OSError, EOFError) as error:
            self.stop()
            raise DecoderError(process.returncode) from error


def send(pipe: IO[bytes], content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[pipe.write(left) :]


def received(pipe: IO[bytes]) -> bytes:
    (length,) = LENGTH.unpack(exactly(pipe, LENGTH.size))
    if length > LONGEST:
        raise EOFError  # no part of an answer is so long
    return exactly(pipe, length)


def exactly(pipe: IO[bytes], length: int) -> bytes:
    content, poller = bytearray(), poll()
    poller.register(pipe, POLLIN)
    while len(content) < length:
        if not poller.poll(PATIENCE_SECONDS * 1000):
            raise TimeoutError
        piece = pipe.read(min(length - len(content), PIECE))
        if not piece:
            raise EOFError
        content += piece
    return bytes(content)


decoder = DecoderProcess()
atexit.register(decoder.stop)


def start() -> None:
    """Start the decoder before the first photo comes."""
    with decoder.lock:
        decoder.start()


def clean(upload: "SupportsRead[bytes]") -> CleanPhoto:
    """Decode an upload and encode it again. The original bytes are never stored.

    Raises:
        ml.preprocessing.images.ImageError: the upload is not a usable photo.
    """
    return _cleaned(CLEAN, upload.read(MAX_BYTES + 1))


def crop(photo: "SupportsRead[bytes]", frame: Frame) -> CleanPhoto:
    """Cut a frame out of a stored photo, as a new photo.

    Raises:
        ml.preprocessing.images.ImageError: the photo cannot be decoded.
    """
    return _cleaned(FRAMED, FRAME.pack(*frame) + photo.read(MAX_BYTES + 1))


def render(photo: "SupportsRead[bytes]") -> Renditions:
    """Make a stored photo's renditions.

    Raises:
        ml.preprocessing.images.ImageError: the photo cannot be decoded.
    """
    _, (page, views, *_) = decoder.ask(RENDER, photo.read(MAX_BYTES + 1))
    return Renditions(page, views)


def _cleaned(kind: bytes, task: bytes) -> CleanPhoto:
    size, (content, thumbnail, *renditions) = decoder.ask(kind, task)
    return CleanPhoto(content, thumbnail, *size, Renditions(*renditions))


def decode(photo: "SupportsRead[bytes]") -> Image.Image:
    """Return the pixels of a stored photo, as upright RGB.

    Raises:
        ml.preprocessing.images.ImageError: the photo cannot be decoded.
    """
    return _image(PIXELS, photo)


def reduce(photo: "SupportsRead[bytes]") -> Image.Image:
    """Return a stored photo, or its thumbnail, reduced to the size that a report needs.

    Raises:
        ml.preprocessing.images.ImageError: the photo cannot be decoded.
    """
    return _image(REDUCED, photo)


def _image(kind: bytes, photo: "SupportsRead[bytes]") -> Image.Image:
    size, (pixels, *_) = decoder.ask(kind, photo.read(MAX_BYTES + 1))
    return Image.frombytes("RGB", size, pixels)
