"""What keys of settings mean: the texts below them in the code."""

import ast
from collections.abc import Iterator
from inspect import cleandoc, getsource
from itertools import pairwise
from textwrap import dedent

from fedorbit.base.settings import Settings


def meanings(kind: type[Settings]) -> dict[str, str]:
    """Return the docstring of each key of some settings.

    It stands below the key, in the class or in one that the class extends. Python does
    not keep it, so the files are read again: that is for documentation alone.
    Raises ``ValueError`` for a key without one.
    """
    classes = [own for own in reversed(kind.__mro__) if issubclass(own, Settings)]
    texts = {key: text for own in classes for key, text in _written_in(own)}
    for key in kind.model_fields:
        if key not in texts:
            raise ValueError(
                f"{kind.__module__}: no text stands below {kind.__name__}.{key}; say "
                "there what it means"
            )
    return {key: texts[key] for key in kind.model_fields}


def _written_in(kind: type[Settings]) -> Iterator[tuple[str, str]]:
    """Yield the keys of one class that a text stands below, with the text."""
    (written,) = ast.parse(dedent(getsource(kind))).body
    for lines in pairwise(written.body):
        match lines:
            case (
                ast.AnnAssign(target=ast.Name(id=key)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield key, cleandoc(text)
