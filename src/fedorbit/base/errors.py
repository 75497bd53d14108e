"""Errors that end a job with one sentence instead of a traceback."""

import unicodedata

LONGEST = 2000  # characters of a sentence that is shown
# Control, format and surrogate characters, and what breaks lines.
UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def printable(text: str) -> str:
    r"""Return a text with what is no visible character escaped, such as ``\x1b``.

    What files and services say is printed: it must neither steer a terminal nor
    break a line.
    """
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in UNSEEN else c
        for c in text
    )


class InputError(Exception):
    """Something given is wrong: the message says where, what, and the remedy.

    Of a very long one the beginning and the end are kept.
    """

    def __init__(self, message: str):
        message = printable(message)
        if len(message) > LONGEST:
            message = f"{message[: LONGEST // 2]}...{message[-LONGEST // 4 :]}"
        super().__init__(message)


class SettingsError(InputError):
    """A value does not suit the rest of a study; whoever knows its file adds that."""


class Infeasible(SettingsError):
    """What is asked for cannot be planned: a result, and the message is its reason."""


class TooShort(Infeasible):
    """It does not fit into the hours of the scenario, and might into more."""


class RunError(Exception):
    """A job has made its own result worthless, as by a loss that is not a number."""
