"""Kept for migration 0007, which imports the encryption of second steps from here."""

from accounts.mfa.secret_encryption import seal, unseal

__all__ = ["seal", "unseal"]
