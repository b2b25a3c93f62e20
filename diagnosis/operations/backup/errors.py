class BackupError(Exception):
    """Something that a backup or a restore cannot go on with; the text says what to do."""


class DamagedError(Exception):
    """A backup is not as it was written; the text says what of it is not."""
