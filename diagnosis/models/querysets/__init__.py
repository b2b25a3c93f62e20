"""Verbs and adjectives for rows, by what the rows are."""
