"""What of a user's own settings jobs do not see, so that results do not hang on them.

For example, a ``matplotlibrc`` with larger letters would change every figure, and a
Jupyter kernel names a backend that other processes do not have.
"""

from pathlib import Path

FOREIGN = ("MKL_", "OPENBLAS_", "GOTO_", "KMP_", "NUMBA_", "MPL", "MATPLOTLIB")
"""How the names of variables begin that say how libraries compute and draw."""


def without_foreign(environment: dict[str, str]) -> dict[str, str]:
    """Return the variables of an environment without those of libraries."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith(FOREIGN)
    }


def own(folder: Path) -> dict[str, str]:
    """Return the variables that jobs have instead, with a folder for what they keep.

    Without a folder of their own, Matplotlib and Numba keep files in the user's home,
    which may be missing or not writable.
    """
    folder = folder.absolute()
    return {
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "MPLBACKEND": "svg",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "NUMBA_CACHE_DIR": str(folder / "numba"),
    }
