"""Signals about accounts, for apps that this app does not import."""

from django.dispatch import Signal

# Sent with `user`, in the same transaction.
skin_type_changed = Signal()

# Sent with `user` and `changes` (flags, groups, permissions, the password or ended sessions, by
# name), in the same transaction.
access_changed = Signal()
# Sent with `user` and `version`, in the same transaction.
consent_given = Signal()
# An account is about to be deleted. Sent with `user`, in the same transaction, while it is locked.
deletion_begins = Signal()
# A passkey was refused. Sent with `user`, or None if the passkey should have identified the user.
passkey_refused = Signal()
# A mail was put into the outbox.
mail_waits = Signal()
