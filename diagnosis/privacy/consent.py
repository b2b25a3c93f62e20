"""Whether photos may be used for training."""

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from diagnosis.audit import trail
from diagnosis.models import AuditEntry


@transaction.atomic
def allow_training(*, by: User, is_allowed: bool) -> None:
    """Record consent to training on a person's photos, or its withdrawal."""
    changed = User.objects.filter(pk=by.pk, allows_training_since__isnull=is_allowed)
    if changed.update(allows_training_since=Now() if is_allowed else None):
        trail.record(AuditEntry.Action.CONSENT, by, by=by, is_allowed=is_allowed)
