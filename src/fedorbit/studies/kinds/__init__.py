"""Kinds of studies: one file or folder each, with ``KIND``; the name is the file's."""
