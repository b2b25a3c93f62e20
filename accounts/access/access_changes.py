"""Sends a signal for each change of an account's groups and permissions."""

from typing import Any

from accounts.models import User
from accounts.signals import access_changed

WORDS = {"post_add": "added", "post_remove": "removed", "pre_clear": "cleared"}


def note_roles(sender: type, instance: Any, action: str, pk_set: set[int] | None, **_: Any) -> None:
    """Send a signal about added or removed groups or permissions, for each account concerned.

    Django's signal may come from either side of the relation: `instance` is a user, or else a
    group or a permission.
    """
    if action not in WORDS:
        return
    is_user_side = isinstance(instance, User)
    kind = "groups" if sender is User.groups.through else "permissions"
    for user in [instance] if is_user_side else _users(instance, pk_set):
        ids = sorted(pk_set or ()) if is_user_side else [instance.pk]
        access_changed.send(User, user=user, changes={f"{kind}_{WORDS[action]}": ids})


def _users(role: Any, pk_set: set[int] | None) -> list[User]:
    users = role.user_set.all() if pk_set is None else User.objects.filter(pk__in=pk_set)
    return list(users)
