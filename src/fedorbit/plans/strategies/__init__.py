"""Strategies: one file or folder each, with ``STRATEGY``; the name is the file's."""
