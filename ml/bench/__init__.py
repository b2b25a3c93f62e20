"""Measures training input and serving, compared with common alternatives.

Without imports on purpose: each runtime is a process that must import only what it runs.
"""
