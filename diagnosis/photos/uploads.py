"""How much of an upload the server takes in."""

from django.core.files.uploadhandler import MemoryFileUploadHandler

from ml.preprocessing.images import MAX_BYTES


class CappedUploadHandler(MemoryFileUploadHandler):
    """Keeps hardly more of a file than is accepted, however much is sent, and in memory alone.

    The little more lets the form see that the file is too large, and say so.
    """

    def handle_raw_input(self, *args: object, **kwargs: object) -> None:
        # Django's own would leave whatever is large to a handler that writes to disk.
        self.activated = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= MAX_BYTES:
            self.file.write(raw_data)
