"""Signals of an account, for the apps above."""

from django.dispatch import Signal

# Sent with `user`, in the same transaction.
skin_type_changed = Signal()

# Sent with `user` and `changes`, by name: flags, groups, permissions, a new password. As above.
access_changed = Signal()
# Sent with `user` and `version`, in the same transaction.
consent_given = Signal()
# An account is about to be deleted; sent with `user`, in the same transaction, while it is locked.
deletion_begins = Signal()
# A passkey proved nothing; with `user`, or None where it was to say who signs in.
passkey_refused = Signal()
# A mail was put into the outbox.
mail_waits = Signal()
