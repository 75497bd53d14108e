"""How the values of two files become one: merged, extended or filled."""

import copy
from collections.abc import Mapping
from typing import Any

TAGS = ("source", "scheme", "name")  # keys that say what kind of settings these are
CHOSEN = ("strategies", "sweeps", "figures")
"""Of these a study takes from what it extends only those that it names."""
OWN = (
    *("description", "method", "answer", "claims", "sweeps", "figures"),
    *("perturbation", "candidate_stations", "draws", "availability"),
    "convex_bound",
)
"""These a study does not take from what it extends, if it does not name them."""


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` with the values of ``over`` in place of its own, deeply.

    Settings of another ``source``, ``scheme`` or ``name`` have other keys, so they are
    replaced as a whole.
    """
    merged = copy.deepcopy(dict(base))
    for key, value in over.items():
        if _go_together(merged.get(key), value):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def fill(values: Mapping[str, Any], offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` with what they leave open, deeply, as it is ``offered``."""
    filled = copy.deepcopy(dict(values))
    for key, value in offered.items():
        if key not in filled:
            filled[key] = copy.deepcopy(value)
        elif _go_together(value, filled[key]):
            filled[key] = fill(filled[key], value)
    return filled


def _go_together(base: Any, over: Any) -> bool:
    """Return whether both are settings, and of one kind."""
    both = isinstance(base, Mapping) and isinstance(over, Mapping)
    return both and all(over.get(tag) in (None, base.get(tag)) for tag in TAGS)


def extend(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a study is that extends another."""
    taken = {key: value for key, value in base.items() if key not in OWN or key in own}
    for key in CHOSEN:
        if isinstance(own.get(key), Mapping) and isinstance(taken.get(key), Mapping):
            taken[key] = {n: v for n, v in taken[key].items() if n in own[key]}
    return merge(taken, own)


def open_to(
    own: Mapping[str, Any], scaled: Mapping[str, Any], plain: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a study extends at a scale, so that its own values go with it.

    ``scaled`` is that study at the scale, ``plain`` the same without what it says of
    scales. Where own settings cannot go with the former but could with the latter, as
    those of a sweep that is left out at the scale, the latter are taken.
    """
    found = dict(scaled)
    for key, value in own.items():
        if _go_together(scaled.get(key), value):
            found[key] = open_to(value, scaled[key], plain.get(key) or {})
        elif _go_together(plain.get(key), value):
            found[key] = plain[key]
    return found
