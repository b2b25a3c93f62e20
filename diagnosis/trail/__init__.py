"""Whether the audit trail is whole: by its own chain, by heads kept elsewhere, by timestamps."""
