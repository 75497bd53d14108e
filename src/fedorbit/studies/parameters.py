"""The parameters of a study, and where the value of each comes from."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import yaml

from fedorbit.base.errors import InputError

STATUSES = ("seen", "second-hand", "derived", "assumed", "chosen")
"""Seen in the paper; in another's account of it; worked out; taken for want of better;
or chosen, for a study of one's own that reproduces nothing."""
UNSOURCED = (
    *("kind", "description", "method", "answer", "provenance", "figures", "claims"),
    *("seeds", "convex_bound"),
)


class Sources(Protocol):
    """The files of a study, as ``fedorbit.studies.layers.Layers``."""

    def sources(self) -> Iterator[tuple[Path, dict[str, Any], dict[str, str]]]:
        """Yield each file with the values that it sets, and their provenance."""


def parameters(values: Mapping[str, Any]) -> pd.DataFrame:
    """Return the parameters of a study: ``parameter, value, status, source``."""
    rows = []
    for key, value in leaves(values):
        status, source = values["provenance"][key].split(": ", 1)
        rows.append((key, _text(value), status, source))
    return pd.DataFrame(rows, columns=["parameter", "value", "status", "source"])


def sourced(values: Mapping[str, Any], files: Sources) -> dict[str, str]:
    """Return where each value of a study comes from, by its dotted key.

    A file has to tell it of the values that it sets, and only of them: by the key, or
    by one above it, of which the nearest counts. Raises ``InputError`` if it does not,
    or if it tells it of something else or without a status.
    """
    final = dict(leaves(values))
    without: dict[Path, list[str]] = {}
    found: dict[str, str] = {}
    for path, own, provenance in files.sources():
        mine = [key for key, _ in leaves(own)]
        _check(path, provenance, {*mine, *final})
        for key in filter(final.__contains__, mine):
            text = _nearest(provenance, key)
            if text is None:
                without.setdefault(path, []).append(key)
            else:
                found[key] = text
    for path, keys in without.items():
        have = "has" if len(keys) == 1 else "have"
        raise InputError(
            f"{path}: {', '.join(keys)} {have} no provenance; add it under provenance, "
            f"as one of {', '.join(STATUSES)}, a colon and the source."
        )
    return {key: found[key] for key in final}


def leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted key and the value of each parameter."""
    for key, value in values.items():
        if path == "" and key in UNSOURCED:
            continue
        if isinstance(value, Mapping):
            yield from leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _text(value: Any) -> str:
    """Return a value as a text: a list of values with keys as YAML on one line."""
    if isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        flow = {"default_flow_style": True, "width": math.inf, "sort_keys": False}
        return yaml.safe_dump(value, **flow).strip()
    return str(value)


def _check(path: Path, provenance: Mapping[str, str], known: set[str]) -> None:
    """Raise ``InputError`` unless all texts have a status and belong to a value."""
    for key, text in provenance.items():
        status, _, source = str(text).partition(": ")
        if not isinstance(text, str) or status not in STATUSES or not source.strip():
            raise InputError(
                f"{path}: provenance of {key or 'all'} is {text!r}; begin it with one "
                f"of {', '.join(STATUSES)}, a colon and the source."
            )
        if key and not any(k == key or k.startswith(f"{key}.") for k in known):
            raise InputError(
                f"{path}: provenance names {key!r}, which is no key of the study; "
                "correct or remove it."
            )


def _nearest(provenance: Mapping[str, str], key: str) -> str | None:
    """Return the provenance of a key: its own, or that of the nearest key above."""
    while key:
        if key in provenance:
            return provenance[key]
        key = key.rpartition(".")[0]
    return provenance.get("")
