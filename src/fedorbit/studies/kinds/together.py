"""Other studies beside one another: a row of panels for each, and one table."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from fedorbit.base.settings import Label, Name, Settings
from fedorbit.studies.kind import Kind
from fedorbit.studies.parts import Described


class Row(Settings):
    """A study whose strategies may be compared with one another."""

    study: Name
    """The study; ``config.yaml`` has to ask for it, too."""
    title: Label
    """What its strategies have in common."""
    bound: Name | None = None
    """A strategy of it that is drawn as a line, since it is a bound for the others."""


class TogetherStudy(Described):
    """Studies with strategies that learn, which are made by themselves."""

    rows: Annotated[list[Row], Field(min_length=1, max_length=4)]
    """The studies, from above to below."""


def results(values: Mapping[str, Any]) -> list[str]:
    """Return the table and the figure."""
    return [
        *(f"tables/{name}.csv" for name in ("together", "parameters")),
        "figures/together.svg",
    ]


KIND = Kind(TogetherStudy, (), results, is_scaled=False)
