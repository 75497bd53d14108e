"""The line that says what is being measured."""

import sys


def progress(message: str) -> None:
    """Show a message on standard error, over the one before."""
    print(f"\r\x1b[K{message}", end="", file=sys.stderr, flush=True)
