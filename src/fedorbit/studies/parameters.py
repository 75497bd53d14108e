"""The parameters of a study, and where the value of each comes from."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fedorbit.base.errors import InputError

STATUSES = ("seen", "second-hand", "derived", "assumed")
UNSOURCED = ("kind", "description", "provenance")


def parameters(values: Mapping[str, Any]) -> pd.DataFrame:
    """Return the parameters of a study: ``parameter, value, status, source``."""
    rows = []
    for key, value in _leaves(values):
        status, source = _source(values["provenance"], key).split(": ", 1)
        rows.append((key, str(value), status, source))
    return pd.DataFrame(rows, columns=["parameter", "value", "status", "source"])


def check_provenance(
    values: Mapping[str, Any],
    study: Mapping[str, Any],
    blame: Callable[[tuple], Path],
) -> None:
    """Raise ``InputError`` unless every value says where it comes from.

    The provenance may also name keys of the ``study`` that a scale has replaced.
    ``blame`` returns the file that a value comes from.
    """
    leaves = [key for key, _ in _leaves(values)]
    known = {*leaves, *(key for key, _ in _leaves(study))}
    for key, text in values["provenance"].items():
        status = text.partition(": ")[0]
        if status not in STATUSES or not text.partition(": ")[2].strip():
            raise InputError(
                f"{blame(('provenance', key))}: provenance of {key} is {text!r}; "
                f"begin it with one of {', '.join(STATUSES)}, a colon and the source."
            )
        if not any(leaf == key or leaf.startswith(f"{key}.") for leaf in known):
            raise InputError(
                f"{blame(('provenance', key))}: provenance names {key!r}, which is no "
                "key of the study; correct or remove it."
            )
    for leaf in leaves:
        if _source(values["provenance"], leaf) is None:
            source = blame(tuple(leaf.split(".")))
            raise InputError(
                f"{source}: {leaf} has no provenance; add it under provenance, as one "
                f"of {', '.join(STATUSES)}, a colon and the source."
            )


def _leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if path == "" and key in UNSOURCED:
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def _source(provenance: Mapping[str, str], key: str) -> str | None:
    """Return the provenance of a key: its own, or that of the nearest key above."""
    while key:
        if key in provenance:
            return provenance[key]
        key = key.rpartition(".")[0]
    return None
