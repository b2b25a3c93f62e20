"""Compares saliency maps, and measures how far the chosen one can be trusted."""
