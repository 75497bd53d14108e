"""Columns of numbers as text, so that a page carries them without a network.

For example, the whole numbers 0, 1 and 2 become the array ``Uint8Array`` of a browser
and the three bytes in base64. Bytes are little-endian, as browsers have them.
"""

import base64

import numpy as np
from numpy.typing import ArrayLike, NDArray

TICK_S = 0.01
"""Times on the page are whole numbers of it."""
MISSING = -32768
"""What stands for a position at a time when a satellite does not fly."""
COUNTS = ("uint8", "uint16", "uint32")


def counts(values: ArrayLike) -> dict[str, str]:
    """Return whole numbers from 0 on, with as few bytes each as the largest needs.

    Raises ``ValueError`` for a negative number or one above 2^32 - 1.
    """
    values = np.asarray(values, dtype=np.int64)
    low, high = values.min(initial=0), values.max(initial=0)
    fitting = [name for name in COUNTS if high <= np.iinfo(name).max]
    if low < 0 or not fitting:
        raise ValueError(f"numbers from {low} to {high} are no counts of 32 bits")
    return _packed(values, fitting[0])


def times(values_s: ArrayLike) -> dict[str, str]:
    """Return times in seconds from the start, as whole numbers of ``TICK_S``."""
    return counts(np.rint(np.asarray(values_s, dtype=float) / TICK_S))


def floats(values: ArrayLike) -> dict[str, str]:
    """Return numbers with double precision."""
    return _packed(np.asarray(values), "float64")


def scaled(values: NDArray) -> dict[str, object]:
    """Return numbers as multiples of ``unit``, which 16 bits hold; NaN is ``MISSING``.

    The error is at most half of the unit, 1 / 65,534 of the greatest magnitude.
    """
    known = np.abs(values[np.isfinite(values)])
    unit = float(known.max(initial=0.0)) / np.iinfo("int16").max or 1.0
    whole = np.where(np.isfinite(values), np.rint(values / unit), MISSING)
    return {"unit": unit, "values": _packed(whole, "int16")}


def _packed(values: NDArray, dtype: str) -> dict[str, str]:
    content = np.ascontiguousarray(values, dtype=np.dtype(dtype).newbyteorder("<"))
    return {
        "array": f"{dtype.capitalize()}Array",
        "base64": base64.b64encode(content.tobytes()).decode(),
    }
