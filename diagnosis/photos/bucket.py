"""S3 storage that distinguishes an unavailable store from a missing file."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

from diagnosis.photos.encryption import StoreError


class PhotoS3Storage(S3Storage):
    """Raises FileNotFoundError for a missing file, and StoreError if the store fails."""

    def check(self) -> None:
        """Raise StoreError if the bucket is missing or does not answer."""
        try:
            with store_errors():
                self.connection.meta.client.head_bucket(Bucket=self.bucket_name)
        except FileNotFoundError as error:
            raise StoreError("NoSuchBucket") from error

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Raise FileNotFoundError only if the file is missing, not its whole bucket."""
        try:
            with store_errors():
                yield
        except FileNotFoundError:
            # A file is first looked up with HEAD, whose answer does not say which of the two.
            self.check()
            raise

    def _open(self, name: str, mode: str = "rb") -> File:
        # Read completely here, so that a response that breaks off raises a StoreError.
        with self._reading(), super()._open(name, mode) as file:
            return ContentFile(file.read(), name=name)

    def _save(self, name: str, content: File) -> str:
        with store_errors():
            saved: str = super()._save(name, content)
            return saved

    def delete(self, name: str) -> None:
        with store_errors():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with store_errors():
            return bool(super().exists(name))

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with store_errors():
            listed: tuple[list[str], list[str]] = super().listdir(name)
            return listed

    def size(self, name: str) -> int:
        with self._reading():
            size: int = super().size(name)
            return size

    def get_modified_time(self, name: str) -> datetime:
        with self._reading():
            at: datetime = super().get_modified_time(name)
            return at


@contextmanager
def store_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        code = error.response["Error"]["Code"]
        if status == HTTPStatus.NOT_FOUND and code != "NoSuchBucket":
            raise FileNotFoundError(str(error)) from error
        raise StoreError(code) from error
    except (BotoCoreError, RetriesExceededError) as error:
        raise StoreError(type(error).__name__) from error
