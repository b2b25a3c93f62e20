"""Limits how much of an upload the server keeps in memory."""

from django.core.files.uploadhandler import MemoryFileUploadHandler

from ml.preprocessing.file_size import MAX_BYTES


class CappedUploadHandler(MemoryFileUploadHandler):
    """Keeps a file in memory, cut off a little above the limit.

    The form sees that the file is longer than allowed, and refuses it.
    """

    def handle_raw_input(self, *args: object, **kwargs: object) -> None:
        # Django's own handler would leave large files to a handler that writes to disk.
        self.activated = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= MAX_BYTES:
            self.file.write(raw_data)
