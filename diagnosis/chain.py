"""Kept for migration 0027, which imports the hash of an audit entry from here."""

from diagnosis.audit.hash_chain import keyed_hash

__all__ = ["keyed_hash"]
