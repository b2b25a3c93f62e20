"""Puts ids instead of names into Django's admin log, where an address would outlive its account."""

import json
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models.signals import post_init

NOT_KEPT = "…"


def name_by_number(instance: LogEntry, **_: Any) -> None:
    """Replace names by ids in a new entry."""
    if instance._state.adding and not instance.pk and instance.content_type:
        instance.object_repr = f"{instance.content_type.model}:{instance.object_id}"
        instance.change_message = without_names(instance.change_message)


def without_names(message: str) -> str:
    """Return the changes without the text by which Django names added, changed or removed rows."""
    try:
        changes = json.loads(message)
    except ValueError:
        return ""
    return json.dumps([dict(map(_unnamed, change.items())) for change in changes])


def _unnamed(change: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    verb, detail = change
    return verb, detail | {"object": NOT_KEPT} if "object" in detail else detail


def connect() -> None:
    # Not with pre_save: `bulk_create` does not send that signal.
    post_init.connect(name_by_number, sender=LogEntry)
