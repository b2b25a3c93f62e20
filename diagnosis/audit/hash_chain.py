"""Computes the hash that binds an entry of the audit trail to all earlier entries."""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any, Protocol

_CONTENT = ("number", "action", "actor", "subject", "detail", "previous_hash")
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Link(Protocol):
    """An audit entry: a model instance, or a named tuple of its values."""

    number: Any
    at: datetime
    action: Any
    actor: Any
    subject: Any
    detail: Any
    previous_hash: Any
    key_id: Any


def keyed_hash(entry: Link, secret: bytes) -> str:
    """Return the HMAC over all fields of an entry, including the previous entry's hash."""
    content = [entry.key_id, entry.at.isoformat(), *(getattr(entry, name) for name in _CONTENT)]
    return hmac.digest(secret, _encode(content).encode(), "sha256").hex()


def plain_hash(entry: Link) -> str:
    """Return the unkeyed hash of earlier releases, which anybody with database access can forge."""
    content = {name: getattr(entry, name) for name in _CONTENT} | {"at": entry.at.isoformat()}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
