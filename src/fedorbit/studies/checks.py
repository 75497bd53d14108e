"""What has to hold in a study besides what the classes of its settings check."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from fedorbit.base.errors import InputError, SettingsError
from fedorbit.base.settings import parse
from fedorbit.report.figures.check import check_figures
from fedorbit.report.figures.declared import read_figures
from fedorbit.studies.keys import changed
from fedorbit.studies.kind import Kind
from fedorbit.studies.layers import Layers
from fedorbit.studies.sweeps import Expansion, cells_of, expand, needs_of, sweeps_of

Blame = Callable[[Sequence[str | int]], Path | str]
"""A function that tells from a path of keys where a value comes from."""


def check_values(kind: Kind, values: dict[str, Any], blame: Blame) -> None:
    """Raise ``InputError`` unless values are right, and those of strategies, too."""
    parsed = parse(kind.settings, values, blame)
    for strategy in getattr(parsed, "strategies", {}):
        needs = needs_of(values, strategy)
        if (needs.scmr or needs.law) and "partition" not in kind.stages:
            raise InputError(
                f"{blame(('kind',))}: strategies.{strategy} plans with pilots that "
                f"learn, and the kind of the study learns nothing; name other "
                f"strategies under 'strategies'."
            )
        if needs.experts and "experts" not in kind.stages:
            raise InputError(
                f"{blame(('kind',))}: strategies.{strategy} plans with experts that "
                f"clusters have, and the kind of the study has none; make it 'experts' "
                f"or name other strategies under 'strategies'."
            )
        if needs.stations and not values["scenario"].get("stations"):
            raise InputError(
                f"{blame(('scenario',))}: the key 'scenario.stations' is missing, but "
                f"{strategy} needs ground stations; add it or leave {strategy} out."
            )


def checked_expansion(kind: Kind, values: dict[str, Any], layers: Layers) -> Expansion:
    """Return the sweeps; ``InputError`` unless the study is valid in each cell."""
    sweeps = sweeps_of(values)
    try:
        for cell in cells_of(values, sweeps):
            place = f"{layers.blame(('sweeps', cell.sweep))}: {cell}"
            cell_values = changed(values, cell.changes)
            check_values(kind, cell_values, lambda _, place=place: place)
        return expand(values, sweeps, kind.stages)
    except SettingsError as error:
        raise InputError(f"{layers.own.path}: {error}") from None


def checked_figures(
    kind: Kind, values: dict[str, Any], layers: Layers
) -> dict[str, dict[str, Any]]:
    """Return the declared figures, whole; ``InputError`` if one cannot be drawn."""
    figures = read_figures(values.get("figures", {}), layers.blame)
    without = kind.results(values | {"figures": {}})
    taken = set(figure_names(without))
    is_trained = "rounds.parquet" in without
    sweeps = sweeps_of(values)
    try:
        check_figures(figures, sweeps, values["strategies"], taken, is_trained)
    except SettingsError as error:
        raise InputError(f"{layers.blame(('figures',))}: {error}") from None
    return {name: figure.model_dump() for name, figure in figures.items()}


def figure_names(results: Sequence[str]) -> list[str]:
    """Return the names of the figures among some results."""
    return [Path(path).stem for path in results if path.startswith("figures/")]


def check_answer(kind: Kind, values: dict[str, Any], layers: Layers) -> None:
    """Raise ``InputError`` unless the figure with the answer is drawn."""
    answer, drawn = values.get("answer"), figure_names(kind.results(values))
    if answer is not None and answer not in drawn:
        raise InputError(
            f"{layers.blame(('answer',))}: answer is {answer!r}, which is none of the "
            f"study's figures; choose one of {', '.join(drawn)}."
        )
