"""Things that are found by name: one file, or one folder, of a package for each.

A strategy called ``fedbuff`` is what the module ``fedorbit.plans.strategies.fedbuff``
says. Only what is asked for is imported, so that an edit of one touches no other.
"""

import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from fedorbit.base.errors import InputError


@cache
def names_in(package: str) -> list[str]:
    """Return the names of all modules of a package, sorted."""
    places = find_spec(package).submodule_search_locations
    return sorted(module.name for module in pkgutil.iter_modules(places))


def found(package: str, name: str, what: str) -> Any:
    """Return what the module of a name calls ``what``, such as ``STRATEGY``.

    Raises ``KeyError`` for names that ``names_in`` does not list, and ``InputError``
    with the file if it cannot be imported or has no ``what``.
    """
    if name not in names_in(package):
        raise KeyError(name)
    module = f"{package}.{name}"
    file = find_spec(module).origin
    try:
        return getattr(import_module(module), what)
    except (ImportError, SyntaxError) as error:
        raise InputError(f"{file}: Python says {str(error)!r}; mend it.") from error
    except AttributeError as error:
        raise InputError(
            f"{file}: {error}; every file beside it sets {what}, see how."
        ) from error
