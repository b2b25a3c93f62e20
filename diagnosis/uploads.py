"""How much of an upload the server takes in."""

from django.core.files.uploadhandler import FileUploadHandler

from ml.images import MAX_BYTES


class CappedUploadHandler(FileUploadHandler):
    """Lets the handlers after it write hardly more than is accepted, however much is sent.

    The little more lets the form see that the file is too large, and say so.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= MAX_BYTES else None

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers after this one."""
