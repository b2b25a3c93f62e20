"""Pictures in a folder or a zip file, with any name and format."""

import io
import zipfile
import zlib
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from ml.errors import OperatorError
from ml.preprocessing.file_size import MAX_BYTES

# Hidden files of macOS, Windows and Synology.
LEFT_BY_SYSTEMS = {"__macosx", "@eadir", "$recycle.bin", "thumbs.db", "ehthumbs.db", "desktop.ini"}

# Suffixes of other files, some with a picture's name, as in old downloads from the ISIC Archive.
TEXTS = {".csv", ".tab", ".tsv", ".txt", ".json", ".xml", ".html", ".md", ".pdf"}

Naming = Callable[[str], str]
# File names by their folder or zip.
FilesByContainer = dict[Path, list[str]]


class Picture(NamedTuple):
    """A file that may be a picture. `image_id` is its name without folder and extension."""

    image_id: str
    stream: BinaryIO


def image_id(name: str) -> str:
    return PurePosixPath(name).stem


def list_names(path: Path) -> list[str]:
    """Return every file in the folder (with subfolders) or zip, sorted, without hidden files.

    For the path of a single picture, return the picture's name.

    Raises:
        OperatorError: the path is missing, should be a zip by its name but is not, or holds no
            file.
    """
    names = _list_any(path)
    if not names:
        raise OperatorError(f"{path} holds no files: give a folder or a zip file of pictures.")
    return names


def list_pictures(path: Path) -> list[str]:
    """Return the files that may be pictures by their suffixes, perhaps none.

    Raises:
        OperatorError: the path is missing, or should be a zip by its name but is not.
    """
    return [name for name in _list_any(path) if PurePosixPath(name).suffix.lower() not in TEXTS]


def _list_any(path: Path) -> list[str]:
    if path.is_dir():
        names = [p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()]
    elif is_single_file(path):
        names = [path.name]
    elif path.is_file():
        names = _zip_names(path)
    else:
        raise OperatorError(f"{path} does not exist: give a folder or a zip file of pictures.")
    return sorted(name for name in names if not _is_hidden(name))


def _is_hidden(name: str) -> bool:
    """Return whether an operating system created the file: .DS_Store, ._x.jpg, Thumbs.db."""
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") or part.lower() in LEFT_BY_SYSTEMS for part in parts)


def locate_images(
    containers: Iterable[Path], name: Naming, image_ids: Container[str]
) -> FilesByContainer:
    """Return one file for each image that is found, by folder or zip.

    Args:
        containers: folders and zip files.
        name: returns the image id of a file from its name in the folder or zip.
        image_ids: the images to look for.

    Raises:
        OperatorError: two different files have the same image id.
    """
    firsts: dict[str, tuple[Path, str]] = {}
    for container in containers:
        for file in list_pictures(container):
            if name(file) in image_ids:
                first = firsts.setdefault(name(file), (container, file))
                refuse_different(first, (container, file), name(file))
    by_container: FilesByContainer = {}
    for container, file in firsts.values():
        by_container.setdefault(container, []).append(file)
    return by_container


def refuse_different(first: tuple[Path, str], other: tuple[Path, str], image: str) -> None:
    """Check that two files, each given as its folder or zip and its name, hold the same bytes.

    Raises:
        OperatorError: the files differ; the message names both.
    """
    if first == other:
        return
    contents = [
        picture.stream.read()
        for path, name in (first, other)
        for picture in read_pictures(path, [name])
    ]
    if contents[0] != contents[1]:
        titles = " and ".join(str(path / name) for path, name in (first, other))
        raise OperatorError(f"{titles} are different pictures with the name {image}: keep one.")


def is_single_file(path: Path) -> bool:
    """Return whether the path is a file with a suffix other than `.zip`."""
    return path.is_file() and path.suffix.lower() not in {"", ".zip"}


def _zip_names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return [info.filename for info in archive.infolist() if not info.is_dir()]
    except zipfile.BadZipFile as error:
        raise OperatorError(f"{path} is not a zip file: give a folder or a zip.") from error


def read_pictures(path: Path, names: Iterable[str]) -> Iterator[Picture]:
    """Yield the named files of a folder or zip. A damaged file in a zip has an empty stream.

    At most one byte more than `MAX_BYTES` is read of each file.
    """
    if path.is_dir() or is_single_file(path):
        folder = path if path.is_dir() else path.parent
        for name in names:
            with (folder / name).open("rb") as file:
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
        # Damaged, encrypted, or with an unknown compression: the decoder will report it.
        return b""


def containers(root: Path) -> list[Path]:
    """Return `root`, which stands for its subfolders too, then the zip files directly in `root`."""
    zips = [p for p in sorted(root.iterdir()) if p.suffix.lower() == ".zip" and p.is_file()]
    return [root, *zips]
