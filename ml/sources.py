"""Pictures in a folder or a zip file, of whatever name and kind."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from ml.errors import OperatorError
from ml.images import MAX_BYTES


class Picture(NamedTuple):
    """A file that may be a picture; `image_id` is its name without folder and extension."""

    image_id: str
    stream: BinaryIO


def image_id(name: str) -> str:
    return PurePosixPath(name).stem


def list_names(path: Path) -> list[str]:
    """Return every file in the folder (subfolders too) or zip, sorted.

    Raises:
        OperatorError: the path is missing, not a zip, or holds no file.
    """
    if path.is_dir():
        names = [p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()]
    elif path.is_file():
        names = _zip_names(path)
    else:
        raise OperatorError(f"{path} does not exist: give a folder or a zip file of pictures.")
    if not names:
        raise OperatorError(f"{path} holds no files: give a folder or a zip file of pictures.")
    return sorted(names)


def _zip_names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return [info.filename for info in archive.infolist() if not info.is_dir()]
    except zipfile.BadZipFile as error:
        raise OperatorError(f"{path} is not a zip file: give a folder or a zip.") from error


def read_pictures(path: Path, names: Iterable[str]) -> Iterator[Picture]:
    """Yield the named files of a folder or zip; one that cannot be read comes as an empty stream.

    No more than a photo's largest size is read of any file.
    """
    if path.is_dir():
        for name in names:
            with (path / name).open("rb") as file:
                yield Picture(image_id(name), io.BytesIO(file.read(MAX_BYTES + 1)))
        return
    with zipfile.ZipFile(path) as archive:
        for name in names:
            yield Picture(image_id(name), io.BytesIO(_read_member(archive, name)))


def _read_member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        with archive.open(name) as file:
            return file.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
        # Damaged, encrypted or of an unknown compression: the decoder will say what it is not.
        return b""


def containers(root: Path) -> list[Path]:
    """Return the folders and zip files directly under `root`, and `root` itself."""
    inside = [p for p in sorted(root.iterdir()) if p.is_dir() or p.suffix.lower() == ".zip"]
    return [root, *(path for path in inside if path.is_file())]
