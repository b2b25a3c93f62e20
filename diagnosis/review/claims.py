"""Claims to cases: claiming, extending and releasing."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import transaction

from diagnosis.audit import trail
from diagnosis.models import AuditEntry, Claim, Screening
from skinscreen.backends.times import now_plus


@transaction.atomic
def claim(screening: Screening, *, by: AbstractUser) -> bool:
    """Claim a case, or extend the claim. Return False if another clinician has it."""
    Claim.objects.expired().filter(screening=screening).delete()
    until = now_plus(settings.CLAIM)
    taken, is_new = Claim.objects.get_or_create(
        screening=screening, defaults={"claimed_by_id": by.pk, "expires_at": until}
    )
    if taken.claimed_by_id != by.pk:
        return False
    if is_new:
        trail.record(AuditEntry.Action.CLAIM, screening, by=by)
    else:
        Claim.objects.filter(pk=taken.pk).update(expires_at=until)
    return True


def take_next(*, by: AbstractUser) -> Screening | None:
    """Claim the most urgent case that is free, or return None if there is none."""
    for screening in Screening.objects.to_read(by).free_for(by)[: settings.REVIEWERS_AT_ONCE]:
        # Another clinician may have been quicker.
        if claim(screening, by=by):
            return screening
    return None


def release(screening: Screening, *, by: AbstractUser) -> None:
    """Release a case: delete this clinician's claim, and no other."""
    Claim.objects.filter(screening=screening, claimed_by_id=by.pk).delete()
