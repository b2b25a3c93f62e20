from collections import Counter
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.mfa.secret_encryption import reencrypt
from skinscreen.keys import KeyMissingError

NAMES = ("secret", "seed")
MISSING = "whose root key is missing"


class Command(BaseCommand):
    help = (
        "Encrypt the secrets of apps and recovery codes with the first of SKINSCREEN_ROOT_KEYS. "
        "Safe to run again."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        # A passkey's public key is not secret.
        steps = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN)
        counts = Counter(map(_rotate, steps.values_list("pk", flat=True)))
        listing = ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items()))
        if counts[MISSING]:
            raise CommandError(f"Second steps: {listing}. Add their root key after the first key.")
        self.stdout.write(f"Second steps: {listing or 'none'}.")


@transaction.atomic
def _rotate(pk: int) -> str:
    """Encrypt a second step again, and return the outcome.

    The row is locked, so that nobody uses a recovery code meanwhile.
    """
    step = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if not step:
        return "removed meanwhile"
    try:
        changed: dict[str, Any] = {
            name: reencrypt(step.data[name]) for name in NAMES if name in step.data
        }
        if "migrated_codes" in step.data:
            changed["migrated_codes"] = [reencrypt(code) for code in step.data["migrated_codes"]]
    except KeyMissingError:
        return MISSING
    step.data = step.data | changed
    step.save(update_fields=["data"])
    return "encrypted with the first key"
