"""Querysets, named for what they select or do."""
