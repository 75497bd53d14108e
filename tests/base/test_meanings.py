from typing import ClassVar, Literal

import pytest

from fedorbit.base.meanings import meanings
from fedorbit.base.settings import Settings


class Vehicle(Settings):
    """What has wheels."""

    seats: int
    """For those who sit."""
    kind: str
    """Any kind."""
    MOST: ClassVar[int] = 3
    """Of the class, and no key."""


class Bus(Vehicle):
    """A vehicle for many.

    They may stand.
    """

    kind: Literal["bus"]
    """Only
    a bus.
    """
    doors: int = 2
    """Left ones."""


class Silent(Vehicle):
    """A key without a text."""

    horns: int
    wheels: int
    """All that it has."""


def test_meanings_are_the_texts_below_keys_those_of_a_class_before_inherited_ones():
    assert meanings(Bus) == {
        "seats": "For those who sit.",
        "kind": "Only\na bus.",
        "doors": "Left ones.",
    }


def test_a_key_without_a_text_is_refused():
    with pytest.raises(ValueError, match="below Silent.horns; say there what"):
        meanings(Silent)
