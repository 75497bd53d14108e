"""Jobs that end with the Snakemake that started them.

By force Snakemake ends without its jobs. One that went on would write over what the
next Snakemake makes.
"""

import os
import signal
import socket
import threading
import time

import psutil

VARIABLE = "FEDORBIT_SNAKEMAKE"
LOOK_S = 0.5  # from one look at the parent to the next
GRACE_S = 5.0  # to tidy up before the end by force


def named() -> dict[str, str]:
    """Return the variable that names this process, Snakemake's, to its jobs."""
    return {VARIABLE: f"{os.getpid()} {_numbering()}"}


def _numbering() -> str:
    """Return what processes have in common that see the same process numbers.

    Those of another machine do not, nor those of a container with numbers of its own.
    """
    try:
        return f"{socket.gethostname()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:  # no such file but on Linux
        return socket.gethostname()


def end_with_parent() -> None:
    """End this process when that which ``VARIABLE`` names has ended, or has by now.

    A process that cannot see it, from a container or another machine, goes on: whoever
    started the container ends it.
    """
    number, _, numbering = os.environ.get(VARIABLE, "").partition(" ")
    if numbering != _numbering():
        return
    try:
        process = psutil.Process(int(number))
    except psutil.NoSuchProcess:
        process = None
    threading.Thread(target=_watch, args=(process,), daemon=True).start()


def _goes_on(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between the two questions
        return False


def _watch(process: psutil.Process | None) -> None:
    while process is not None and _goes_on(process):
        time.sleep(LOOK_S)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os._exit(1)
