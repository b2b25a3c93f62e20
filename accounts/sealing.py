"""Kept for migration 0007, which imports the encryption of second steps from here."""

from accounts.mfa.secret_encryption import decrypt as unseal
from accounts.mfa.secret_encryption import encrypt as seal

__all__ = ["seal", "unseal"]
