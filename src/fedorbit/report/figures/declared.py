"""The figures that a study declares: the values under its key ``figures``.

``figures: {speed: {x: clients.compute_flop_s, y: [accuracy]}}`` draws the accuracy at
the end over the values of a sweep named ``speed``. Nothing here draws.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pandas as pd
from pydantic import AfterValidator, Field, model_validator

from fedorbit.base.settings import Label, Name, Settings, kind_of, parse
from fedorbit.report.figures.quantities import (
    END,
    LINES,
    OVER_TIME,
    QUANTITIES,
    REGIONS,
    STATIONS,
    THEORY_X,
    At,
    keys_of,
)


def _known(names: Mapping[str, Any], what: str) -> AfterValidator:
    """Return a check that a text is one of some names."""

    def check(name: str) -> str:
        if name not in names:
            raise ValueError(f"{name!r} is no {what}; choose of {', '.join(names)}")
        return name

    return AfterValidator(check)


def _once(values: list) -> list:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value!r} stands twice; name it once")
    return values


METRICS = {name: q for name, q in QUANTITIES.items() if q.table == "metrics"}
Key = Annotated[str, Field(min_length=1)]
Metric = Annotated[str, _known(METRICS, "metric")]
Quantities = Annotated[
    list[Annotated[str, _known(QUANTITIES, "quantity")]],
    Field(min_length=1),
    AfterValidator(_once),
]
Ats = Annotated[list[At], Field(min_length=1), AfterValidator(_once)]
Lines = Annotated[list[Annotated[str, _known(LINES, "line")]], AfterValidator(_once)]


class _Declared(Settings):
    """What all figures of sweeps have in common."""

    sweep: Name
    """The sweep that is drawn; the figure's own name if left out."""
    where: dict[Key, str | int | float | bool | None] = {}
    """Values of swept keys: only cells with these are drawn; all if left out."""
    x: Key
    """The swept key, or the value of theory, along the horizontal axis."""
    x_label: Label | None = None
    """Words below that axis, with the unit; the last part of the key if left out."""
    panels: Key | None = None
    """The swept key of which each value has a panel of its own."""
    panels_label: Label | None = None
    """Words before that value; the last part of the key if left out."""
    description: str = Field(default="", max_length=2000, pattern=r"^[^`<>|\r\n]*$")
    """What is to be seen, for the caption in the report; one line without markup."""

    def roles(self) -> dict[str, str]:
        """Return the swept keys that tell cells apart, by what they do."""
        return {
            role: key
            for role in ("x", "y", "panels", "series", "names")
            if isinstance(key := getattr(self, role, None), str) and key not in THEORY_X
        }

    def words(self, role: str) -> str:
        """Return the words beside an axis or a panel."""
        key = getattr(self, role)
        given = getattr(self, f"{role}_label")
        if given is not None:
            return given
        short = key.removesuffix(".file").rpartition(".")[2]
        return THEORY_X.get(key, short)

    @model_validator(mode="after")
    def _has_panels_for_their_label(self) -> Self:
        if self.panels is None and self.panels_label is not None:
            raise ValueError("panels_label is given, but no panels; remove it")
        return self


class SweepFigure(_Declared):
    """Lines over the values of a sweep, or points where these have no order."""

    draw: Literal["lines"] = "lines"
    """Lines or points."""
    x_scale: Literal["linear", "log"] = "linear"
    """The scale of the horizontal axis."""
    series: Key | None = None
    """The swept key of which each value has markers of its own in every panel."""
    names: Key | None = None
    """The swept key whose value is written beside each point."""
    y: Quantities
    """What is drawn; each quantity has panels of its own."""
    at: Ats = [END]
    """When it is read: at the ``end``, after ``equal_rounds`` (as many as all runs
    have), or ``over_time``: in panels over the hours, with a curve for each x."""
    lines: Lines = []
    """Vertical lines that theory gives."""
    best: Name | None = None
    """The strategy whose best x has a ring in each panel."""

    @property
    def needs(self) -> dict[str, bool]:
        """Return whether it needs ``rounds``, ``metrics``, ``scmr`` and ``law``."""
        tables = {QUANTITIES[y].table for y in self.y}
        tables |= {"rounds" for y in self.y if QUANTITIES[y].is_of_runs}
        tables |= {line.removesuffix("_ratio") for line in self.lines}
        return {name: name in tables for name in ("rounds", "metrics", "scmr", "law")}

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of the study, swept or not, that it needs."""
        return keys_of(self.x, self.y)

    @model_validator(mode="after")
    def _draws_all_it_names(self) -> Self:
        known = {at for y in self.y for at in QUANTITIES[y].at}
        for at in self.at:
            # The end is the default, so it may be of no account.
            if at not in known and at != END:
                raise ValueError(
                    f"at has {at}, at which none of {', '.join(self.y)} is known; "
                    "remove it"
                )
        for y in self.y:
            ats = QUANTITIES[y].at
            if ats and not set(ats) & set(self.at):
                raise ValueError(
                    f"y has {y}, which is known at {' or '.join(ats)} alone; add one "
                    "of these to at"
                )
        return self

    @model_validator(mode="after")
    def _has_room_for_curves(self) -> Self:
        if OVER_TIME in self.at and (self.series or self.x in THEORY_X):
            raise ValueError(
                "over_time draws a curve for each value of a swept key x; remove "
                "series, or choose such an x"
            )
        return self


class TickMetric(Settings):
    """A metric that orders the values of an axis, and is written below them."""

    strategy: Name
    """The strategy that it is measured on."""
    metric: Metric
    """What is measured; the median over the cells with that value counts."""
    over: Metric | None = None
    """What it is divided by."""
    label: Label | None = None
    """Words after the number; its unit, or none of a quotient, if left out."""


class SweepMap(_Declared):
    """A map of which strategy is the most accurate, over two swept keys."""

    draw: Literal["map"]
    """A map."""
    y: Key
    """The swept key along the vertical axis."""
    y_label: Label | None = None
    """Words beside that axis, with the unit; the last part of the key if left out."""
    x_by: TickMetric | None = None
    """What orders the values of x; they rise, or are as in the sweep, if left out."""
    y_by: TickMetric | None = None
    """What orders the values of y."""
    words_of: dict[Literal["x", "y", "panels"], list[Label]] = {}
    """Words above the values of an axis or before those of panels, in their order:
    numbers rise, others are as in the sweep."""
    strategies: Annotated[list[Name], Field(min_length=2), AfterValidator(_once)]
    """The strategies that compete."""
    at: Annotated[
        list[Literal["time", "bits"]], Field(min_length=1), AfterValidator(_once)
    ] = ["time", "bits"]
    """Rows of panels: at equal time, and when all have sent equally many bits."""

    @property
    def needs(self) -> dict[str, bool]:
        """Return whether it needs ``rounds``, ``metrics``, ``scmr`` and ``law``."""
        by = self.x_by is not None or self.y_by is not None
        return {"rounds": True, "metrics": by, "scmr": False, "law": False}

    @property
    def keys(self) -> tuple[str, ...]:
        """Return no keys, as theory draws nothing of a map."""
        return ()


Figure = SweepFigure | SweepMap
KINDS: dict[str, type[Figure]] = {"lines": SweepFigure, "map": SweepMap}
"""The settings of a figure by its key ``draw``, which is ``lines`` if left out."""


def parse_figure(values: Mapping[str, Any]) -> Figure:
    """Return the settings of a figure that has been checked before."""
    return KINDS[values["draw"]].model_validate(values)


def read_figures(
    values: Mapping[str, Mapping[str, Any]],
    blame: Callable[[tuple], str | Path],
) -> dict[str, Figure]:
    """Return the declared figures by name.

    ``blame`` returns the file that a path of keys of the study comes from. Raises
    ``InputError`` for a key that is unknown, missing or wrong.
    """
    found = {}
    for name, given in values.items():

        def blame_figure(keys: tuple, name: str = name) -> str:
            return f"{blame(('figures', name, *keys))}: figures.{name}"

        whole = {"draw": "lines", "sweep": name} | given
        kind = kind_of(KINDS, "draw", whole, blame_figure(("draw",)))
        found[name] = parse(kind, whole, blame_figure)
    return found


def site_files(
    figure: Figure, cells: pd.DataFrame, values: Mapping[str, Any]
) -> list[str]:
    """Return the files of regions and stations that a figure counts the sites of.

    ``cells`` is the table of all cells; ``values`` has the study's own values of the
    figure's ``keys``.
    """
    keys = {*figure.roles().values(), *figure.keys} & {REGIONS, STATIONS}
    own = cells[cells["sweep"] == figure.sweep]
    files = {values[key] for key in keys if key in values}
    return sorted(files.union(*(own[key] for key in keys if key in own)))
