"""Limits how much of an upload the server reads."""

from django.core.files.uploadhandler import MemoryFileUploadHandler

from ml.preprocessing.file_size import MAX_BYTES


class CappedUploadHandler(MemoryFileUploadHandler):
    """Keeps a file in memory up to just above the limit, and discards the rest.

    From the excess, the form recognises that the file is too large.
    """

    def handle_raw_input(self, *args: object, **kwargs: object) -> None:
        # Django's own handler would pass large files to a handler that writes to disk.
        self.activated = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= MAX_BYTES:
            self.file.write(raw_data)
