"""What Django tells of that belongs into the audit trail."""

from typing import Any

from django.contrib.auth.models import AbstractUser

from diagnosis import audit
from diagnosis.models import AuditEntry


def record_failed_sign_in(**_: Any) -> None:
    # Not the address that was tried: it may be anybody's, or a password in the wrong field.
    audit.record(AuditEntry.Action.SIGN_IN_FAILED)


def record_deleted_account(instance: AbstractUser, **_: Any) -> None:
    audit.record(AuditEntry.Action.DELETION, instance)
