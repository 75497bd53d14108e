"""Every key of a config has a meaning, and every number a range.

Ten times what people mean fits into it.
"""

import importlib
import pkgutil
from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

import fedorbit
from fedorbit.base.meanings import meanings
from fedorbit.base.settings import Settings

HUGE = (1e300, -1e300, 10**40, -(10**40))
ANY_VALUE = {
    ("Sweep", "over"),  # each cell is a study, and checked as one
    ("SweepFigure", "where"),  # compared with values of the sweep
    ("SweepMap", "where"),
    ("_Declared", "where"),
    ("Difference", "where"),
    ("BitsRatio", "baseline_where"),
    ("DifferenceOfCells", "where"),
    ("DifferenceOfCells", "against"),
    ("DifferenceOfLosses", "before"),
    ("DifferenceOfLosses", "after"),
    ("Threshold", "where"),
    ("Claim", "low"),  # compared with what is found
    ("Claim", "high"),
}


def all_settings(kind: type = Settings):
    """Yield all kinds of settings of the package."""
    for below in kind.__subclasses__():
        if below.__module__.startswith("fedorbit."):
            yield below
            yield from all_settings(below)


@pytest.fixture(scope="module")
def kinds() -> set[type[Settings]]:
    for module in pkgutil.walk_packages(fedorbit.__path__, "fedorbit."):
        importlib.import_module(module.name)
    return set(all_settings())


def takes(field, value) -> bool:
    try:
        whole = Annotated[field.annotation, field, *field.metadata]
        TypeAdapter(whole).validate_python(value)
    except ValidationError:
        return False
    return True


def test_no_number_is_without_a_range(kinds):
    assert len(kinds) > 60
    endless = set()
    for kind in kinds:
        for name, field in kind.model_fields.items():
            for huge in HUGE:
                wrapped = (huge, [huge], [huge] * 3, {"a": huge})
                if any(takes(field, value) for value in wrapped):
                    endless.add((kind.__name__, name))
    assert endless - ANY_VALUE == set()


def test_no_key_is_without_a_meaning(kinds):
    for kind in kinds:
        assert all(meanings(kind).values()), kind
