from diagnosis.backup.drill import rehearse
from diagnosis.backup.errors import BackupError
from diagnosis.backup.restoring import restore
from diagnosis.backup.writing import write

__all__ = ["BackupError", "rehearse", "restore", "write"]
