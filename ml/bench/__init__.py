"""Measures training input and serving, compared with common alternatives.

This file imports nothing, because each runtime is a process that must import only what it runs.
"""
