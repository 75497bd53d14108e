"""Things that are found by name: one file, or one folder, of a package for each.

A strategy called ``fedbuff`` is what the module ``fedorbit.plans.strategies.fedbuff``
says. Only what is asked for is imported, so that an edit of one touches no other.
"""

import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType


@cache
def names_in(package: str) -> list[str]:
    """Return the names of all modules of a package, sorted."""
    places = find_spec(package).submodule_search_locations
    return sorted(module.name for module in pkgutil.iter_modules(places))


def found(package: str, name: str) -> ModuleType:
    """Return the module of a name that ``names_in`` lists; ``KeyError`` for others."""
    if name not in names_in(package):
        raise KeyError(name)
    return import_module(f"{package}.{name}")
