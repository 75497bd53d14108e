"""What every script does first: write to its log, and end in one sentence on errors.

It is imported before the library, so that an edit of the library is noticed from then
on; imports of the library stand below for that reason.
"""

import atexit
import errno
import gc
import hashlib
import os
import shutil
import signal
import sys
import traceback

# What modules make as they load stays until the end: to look for garbage in it, at exit
# once more, takes a quarter of the time that a job needs before it starts its work.
gc.disable()

UNWRITABLE = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room",
    errno.EACCES: "make the folder writable",
    errno.EPERM: "make the folder writable",
}


def digest(path: str) -> bytes | None:
    """Return a digest of the file's contents, or nothing if there is no file."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except FileNotFoundError:
        return None


def digests(paths) -> dict[str, bytes | None]:
    """Return a digest of the contents of each file."""
    return {path: digest(path) for path in paths}


_job = getattr(sys.modules["__main__"], "snakemake", None)
AT_FIRST = digests(_job.input) if _job else {}
"""The inputs' contents before any module of the library is read."""

import _parent  # noqa: E402
from fedorbit.base import numerics  # noqa: E402
from fedorbit.base.errors import InputError, RunError, SettingsError  # noqa: E402


def start(snakemake) -> None:
    """Send output to the log, where errors that people can mend have no traceback."""
    gc.freeze()
    gc.enable()
    atexit.register(refuse_changes, AT_FIRST or digests(snakemake.input))
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _tidy_up)
    _parent.end_with_parent()

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
        elif compiled := broken_cache(trace):
            shutil.rmtree(compiled, ignore_errors=True)
            print(f"{compiled}, which keeps compiled code, was broken; run again")
        else:
            traceback.print_exception(kind, error, trace)

    sys.excepthook = complain
    numerics.check(snakemake.config["engine"]["numerics"])


def broken_cache(trace) -> str | None:
    """Return the folder of Numba's cache if an error comes from reading it."""
    files = (frame.filename for frame in traceback.extract_tb(trace))
    is_numba = any(file.endswith("numba/core/caching.py") for file in files)
    return os.environ.get("NUMBA_CACHE_DIR") if is_numba else None


def _tidy_up(number: int, frame) -> None:
    """End by an exception, so that files that are being written are removed."""
    print(f"ended by {signal.Signals(number).name}; run again to go on")
    sys.exit(128 + number)


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
