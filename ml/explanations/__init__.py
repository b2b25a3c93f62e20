"""Compares saliency maps, and measures how far the chosen map can be trusted."""
