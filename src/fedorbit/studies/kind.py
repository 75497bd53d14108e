"""What a kind of study is: its settings, its stages and its results."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fedorbit.base.found import found, names_in
from fedorbit.base.settings import Settings

PACKAGE = "fedorbit.studies.kinds"


@dataclass(frozen=True)
class Kind:
    """One kind of study; its module calls it ``KIND``."""

    settings: type[Settings]
    """What a file of ``config/studies`` of this kind says."""
    stages: tuple[str, ...]
    """Names of the stages that its results are made by; the last makes the runs."""
    results: Callable[[Mapping[str, Any]], list[str]]
    """From the values of a study to its tables and figures, below its folder."""
    is_scaled: bool = True
    """Whether the scale says something about it."""
    group: str = "region"
    """What its figures call a group of clients."""


def kind_names() -> list[str]:
    """Return the names of all kinds: those of the files in the package."""
    return names_in(PACKAGE)


def find_kind(name: str) -> Kind:
    """Return a kind of study; raises ``KeyError`` if no file has its name."""
    return found(PACKAGE, name, "KIND")
