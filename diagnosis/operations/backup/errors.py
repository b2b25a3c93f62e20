class BackupError(Exception):
    """A backup or a restore cannot continue; the text says what to do."""


class DamagedError(Exception):
    """A backup is damaged; the text says where."""
