"""Folder storage that distinguishes a folder that is not mounted from a missing file."""

from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage

from diagnosis.photos.outages import OutageError


class FolderAwayError(OutageError):
    """The folder is missing or empty, so no file of it is known to be lost."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"the photos' folder {folder} is missing or empty: check its mount. If all photos are "
            "lost for good, make a folder in it."
        )


class PhotoFolderStorage(FileSystemStorage):
    """Raises FileNotFoundError for a missing file, and FolderAwayError if all files are away."""

    def open(self, name: str, mode: str = "rb") -> File:
        try:
            return super().open(name, mode)
        except FileNotFoundError as error:
            if is_away(folder := Path(self.location)):
                raise FolderAwayError(folder) from error
            raise


def is_away(folder: Path) -> bool:
    return not folder.is_dir() or not any(folder.iterdir())
