class BackupError(Exception):
    """A backup or a restore cannot continue. The text says what to do."""


class DamagedError(Exception):
    """A backup is damaged. The text says how."""
