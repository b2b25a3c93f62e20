"""The admin's own log names things by number: an address or a text would outlive its deletion."""

import json
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models.signals import post_init

NOT_KEPT = "…"


def name_by_number(instance: LogEntry, **_: Any) -> None:
    """Keep the text of nothing in a new entry, however it is going to be stored."""
    if instance._state.adding and not instance.pk and instance.content_type:
        instance.object_repr = f"{instance.content_type.model}:{instance.object_id}"
        instance.change_message = without_names(instance.change_message)


def without_names(message: str) -> str:
    """Return what was changed, without the texts that Django calls added and removed rows by."""
    try:
        changes = json.loads(message)
    except ValueError:
        return ""
    return json.dumps([dict(map(_unnamed, change.items())) for change in changes])


def _unnamed(change: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    verb, told = change
    return verb, told | {"object": NOT_KEPT} if "object" in told else told


def connect() -> None:
    # Not before saving: several entries at once are stored without that signal.
    post_init.connect(name_by_number, sender=LogEntry)
