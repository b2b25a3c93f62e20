"""Measures training input and serving, compared with common alternatives.

This file imports nothing, because each runtime runs in a process that must import only what the
runtime needs.
"""
