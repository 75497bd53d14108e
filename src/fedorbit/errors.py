"""Errors that end a job with one sentence instead of a traceback."""


class InputError(Exception):
    """Something given is wrong: the message says where, what, and the remedy."""


class RunError(Exception):
    """A run has made its own result worthless, as by a loss that is not a number."""
