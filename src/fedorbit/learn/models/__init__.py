"""Models: one file or folder each, with ``MODEL``; the name is the file's.

A model's file tells its settings without PyTorch, which ``build`` imports.
"""
