"""What every script does first: write to its log, and end in one sentence on errors."""

import sys
import traceback

from fedorbit.errors import InputError, RunError


def start(log: str) -> None:
    """Send output to the log, where errors that people can mend have no traceback."""
    sys.stdout = sys.stderr = open(log, "w", buffering=1)
    sys.excepthook = _complain


def _complain(kind: type, error: BaseException, trace) -> None:
    if issubclass(kind, InputError | RunError):
        print(error, file=sys.stderr)
    else:
        traceback.print_exception(kind, error, trace)
