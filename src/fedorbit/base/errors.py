"""Errors that end a job with one sentence instead of a traceback."""


class InputError(Exception):
    """Something given is wrong: the message says where, what, and the remedy."""


class SettingsError(InputError):
    """A value does not suit the rest of a study; whoever knows its file adds that."""


class RunError(Exception):
    """A run has made its own result worthless, as by a loss that is not a number."""
