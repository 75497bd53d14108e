"""Figures: one look for all, one file for each kind of picture."""
