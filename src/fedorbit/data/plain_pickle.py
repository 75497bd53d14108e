"""Pickles of others, read as numbers and text alone.

A pickle names functions and says what to call them with. Here it may name but a few,
which only make arrays and dictionaries, so that it runs no code of its own. It is the
only place of fedorbit that reads pickles.
"""

import pickle
from io import BytesIO

PLAIN = {("sklearn", "Bunch")}
PLAIN |= {("numpy", name) for name in ("_reconstruct", "ndarray", "dtype")}
"""What a pickle may name, by package and name."""


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        """Return what a pickle names; raises ``UnpicklingError`` if it may not."""
        if (module.partition(".")[0], name) not in PLAIN:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module, name)


def read_plain(content: bytes) -> object:
    """Return what is pickled: arrays, dictionaries, lists, text and numbers.

    Raises ``UnpicklingError`` if it asks for more; a broken pickle raises nearly any
    kind of exception.
    """
    return _Plain(BytesIO(content)).load()
