"""Where migration 0007 finds how the secrets of second steps are encrypted."""

from accounts.mfa.secret_encryption import seal, unseal

__all__ = ["seal", "unseal"]
