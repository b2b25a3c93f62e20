from diagnosis.operations.backup.drill import rehearse
from diagnosis.operations.backup.errors import BackupError
from diagnosis.operations.backup.restoring import restore
from diagnosis.operations.backup.writing import write

__all__ = ["BackupError", "rehearse", "restore", "write"]
