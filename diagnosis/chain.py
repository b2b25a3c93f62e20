"""Where migration 0027 finds how an entry is bound to the one before it."""

from diagnosis.audit.hash_chain import keyed_hash

__all__ = ["keyed_hash"]
