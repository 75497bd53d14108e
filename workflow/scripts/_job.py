"""What every script does first: write to its log, and end in one sentence on errors."""

import atexit
import errno
import hashlib
import os
import sys
import traceback

from fedorbit.base import numerics
from fedorbit.base.errors import InputError, RunError, SettingsError

UNWRITABLE = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room",
    errno.EACCES: "make the folder writable",
    errno.EPERM: "make the folder writable",
}


def start(snakemake) -> None:
    """Send output to the log, where errors that people can mend have no traceback."""
    atexit.register(refuse_changes, {path: digest(path) for path in snakemake.input})
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)

    def complain(kind: type, error: BaseException, trace) -> None:
        if issubclass(kind, SettingsError):
            study, scale = snakemake.wildcards.study, snakemake.config["scale"]
            print(f"Study {study} at the scale {scale}: {error}")
        elif issubclass(kind, InputError | RunError):
            print(error)
        elif issubclass(kind, OSError) and error.errno in UNWRITABLE:
            print(f"{error}; {UNWRITABLE[error.errno]} and run again")
        elif issubclass(kind, KeyboardInterrupt):
            print("interrupted; run again to go on")
        else:
            traceback.print_exception(kind, error, trace)

    sys.excepthook = complain
    numerics.check(snakemake.config["engine"]["numerics"])


def digest(path: str) -> bytes | None:
    """Return a digest of the file's contents, or nothing if there is no file."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except FileNotFoundError:
        return None


def refuse_changes(before: dict[str, bytes | None]) -> None:
    """End the job badly if an input's contents are no longer those of its start.

    Snakemake takes the checksums of inputs after the job; it would record that the
    result was made from the new contents.
    """
    changed = [path for path, then in before.items() if digest(path) != then]
    if changed:
        print(f"{changed[0]} changed while the job ran; run again", flush=True)
        os._exit(1)


def drawing(params) -> tuple[dict, str]:
    """Return the looks of strategies and the title that every figure has.

    The title says what learns, whose bits and times count, and at which scale; what
    the study does not have, or a sweep varies, is left out.
    """
    given = params.drawing
    learned = " on ".join(filter(None, (given["model"], given["dataset"])))
    parts = {
        "learned": learned,
        "times and bits": given["card"],
        "scale": given["scale"],
    }
    title = "; ".join(f"{name}: {value}" for name, value in parts.items() if value)
    return given["looks"], title


def say(sentence: str) -> None:
    """Write a sentence that people should see at once to the log and the screen."""
    print(sentence)
    print(sentence, file=sys.__stderr__, flush=True)
