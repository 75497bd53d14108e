"""Dotted keys: ``training.batch_size`` is the key ``batch_size`` below ``training``."""

from collections.abc import Mapping
from typing import Any


def lookup(base: Mapping[str, Any], key: str) -> Any:
    """Return the value at a dotted key, ``None`` for an optional one not given.

    Raises ``KeyError`` if what it would stand in is not there.
    """
    *path, last = key.split(".")
    inner: Any = base
    for part in path:
        inner = inner[part]
    return inner.get(last)


def changed(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested values with those at some dotted keys replaced.

    What is not changed is shared with ``base``.
    """
    values = dict(base)
    for key, value in changes.items():
        *path, last = key.split(".")
        inner = values
        for step in path:
            inner[step] = dict(inner[step])
            inner = inner[step]
        inner[last] = value
    return values


def is_below(key: str, above: str) -> bool:
    """Return whether a dotted key is another one or lies below it."""
    return key == above or key.startswith(f"{above}.")


def part(values: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Return nested values with nothing but some dotted keys, those that there are."""
    found: dict[str, Any] = {}
    for key in keys:
        *path, last = key.split(".")
        inner: Any = values
        for step in path:
            inner = inner.get(step) if isinstance(inner, Mapping) else None
        if isinstance(inner, Mapping) and last in inner:
            place = found
            for step in path:
                place = place.setdefault(step, {})
            place[last] = inner[last]
    return found
