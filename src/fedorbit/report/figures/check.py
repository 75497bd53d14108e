"""Whether the declared figures of a study suit its sweeps."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from fedorbit.base.errors import SettingsError
from fedorbit.report.figures.declared import Figure, SweepFigure, SweepMap
from fedorbit.report.figures.quantities import (
    INTERVAL,
    LINES,
    QUANTITIES,
    THEORY_X,
)

OPTIMISED = "fedmeld_optimal"
"""The strategy whose solution of SC-MR theory draws."""
LAWFUL = "fedmeld_law"
"""The strategy whose mixing ratio by our law theory draws."""
THEORISED = "fedmeld"
"""The strategy whose mixing matrix theory draws."""

Cells = Sequence[Mapping[str, Any]]


class Swept(Protocol):
    """A sweep: the strategies that are tried at each of its cells."""

    strategies: list[str]

    def cells(self) -> Iterator[Mapping[str, Any]]:
        """Yield the values of all swept keys in each cell."""
        ...


def check_figures(
    figures: Mapping[str, Figure],
    sweeps: Mapping[str, Swept],
    strategies: Collection[str],
    taken: Collection[str],
    is_trained: bool,
) -> None:
    """Raise ``SettingsError`` unless each figure can be drawn of the study's sweeps.

    ``strategies`` are those of the study, ``taken`` the names of its other figures.
    """
    for name, figure in figures.items():
        place = f"figures.{name}"
        if name in taken:
            raise SettingsError(
                f"{place} has the name of a figure that the study has anyhow; give it "
                "another name."
            )
        if figure.sweep not in sweeps:
            known = ", ".join(sweeps) or "none"
            raise SettingsError(
                f"{place} draws the sweep {figure.sweep!r}, but the study's sweeps are "
                f"{known}; name one of them under sweep, or add it to sweeps."
            )
        sweep = sweeps[figure.sweep]
        _check_strategies(place, figure, sweep, strategies, is_trained)
        _check_cells(place, figure, list(sweep.cells()))


def _check_strategies(
    place: str,
    figure: Figure,
    sweep: Swept,
    strategies: Collection[str],
    is_trained: bool,
) -> None:
    """Raise unless the strategies that a figure needs take part, and train."""
    if isinstance(figure, SweepMap):
        ticks = {"x_by": figure.x_by, "y_by": figure.y_by}
        named = {f"strategies[{k}]": name for k, name in enumerate(figure.strategies)}
        named |= {f"{by}.strategy": tick.strategy for by, tick in ticks.items() if tick}
        trained = [] if is_trained else ["a map of accuracies"]
    else:
        named = {} if figure.best is None else {"best": figure.best}
        trained = [y for y in figure.y if QUANTITIES[y].is_trained and not is_trained]
    for key, strategy in named.items():
        if strategy not in sweep.strategies:
            raise SettingsError(
                f"{place}.{key} is {strategy!r}, but the strategies of the sweep "
                f"{figure.sweep!r} are {', '.join(sweep.strategies)}; choose one of "
                "them."
            )
    if trained:
        raise SettingsError(
            f"{place} draws {trained[0]}, but the study trains nothing; remove it."
        )
    if figure.needs["scmr"] and OPTIMISED not in strategies:
        raise SettingsError(
            f"{place} draws the solution of SC-MR, which only a study with the "
            f"strategy {OPTIMISED} has; add it to strategies or remove what is drawn."
        )
    if figure.needs["law"] and LAWFUL not in sweep.strategies:
        raise SettingsError(
            f"{place} draws the ratio of our law, which only a sweep with the strategy "
            f"{LAWFUL} has; add it to the strategies of the sweep {figure.sweep!r} or "
            "remove law_ratio from lines."
        )
    if figure.x in THEORY_X and THEORISED not in strategies:
        raise SettingsError(
            f"{place}.x is {figure.x}, which only a study with the strategy "
            f"{THEORISED} has; choose a swept key."
        )


def _check_cells(place: str, figure: Figure, cells: Cells) -> None:
    """Raise unless the keys of a figure are swept and tell its cells apart."""
    swept = list(cells[0])
    roles = figure.roles()
    for role, key in {**roles, **{f"where.{key}": key for key in figure.where}}.items():
        if key not in swept:
            raise SettingsError(
                f"{place}: {role} is {key!r}, which the sweep {figure.sweep!r} does "
                f"not vary; choose of {', '.join(swept)}."
            )
    key, times = Counter(roles.values()).most_common(1)[0] if roles else ("", 0)
    if times > 1:
        both = " and ".join(role for role, own in roles.items() if own == key)
        raise SettingsError(f"{place}: {both} are both {key!r}; keep one of them.")
    drawn = [c for c in cells if all(c[k] == v for k, v in figure.where.items())]
    if not drawn:
        raise SettingsError(
            f"{place}.where leaves no cell of the sweep {figure.sweep!r}; correct it."
        )
    if isinstance(figure, SweepMap):
        _check_words(place, figure, drawn)
    if figure.x not in THEORY_X:
        _check_apart(place, figure, drawn)
    if isinstance(figure, SweepFigure):
        _check_x(place, figure, drawn)


def _check_words(place: str, figure: SweepMap, cells: Cells) -> None:
    """Raise unless there are as many words as values that they belong to."""
    roles = figure.roles()
    for role, words in figure.words_of.items():
        values = {repr(cell[roles[role]]) for cell in cells} if role in roles else ()
        if len(words) != len(values):
            raise SettingsError(
                f"{place}.words_of.{role} has {len(words)} words, but there are "
                f"{len(values)} values to draw; give a word for each."
            )


def _check_apart(place: str, figure: Figure, cells: Cells) -> None:
    """Raise if two cells would be drawn at the same place."""
    roles = figure.roles()
    times = Counter(tuple(repr(cell[k]) for k in roles.values()) for cell in cells)
    if max(times.values()) == 1:
        return
    left = [
        key
        for key in cells[0]
        if key not in roles.values() and len({repr(cell[key]) for cell in cells}) > 1
    ]
    raise SettingsError(
        f"{place} draws several cells of the sweep {figure.sweep!r} at the same place, "
        f"as they differ in {', '.join(left) or 'nothing'} alone; fix a value under "
        "where, or give the key a place, as under panels."
    )


def _check_x(place: str, figure: SweepFigure, cells: Cells) -> None:
    """Raise unless scale and theory suit the values of x."""
    values = [cell.get(figure.x) for cell in cells]
    if figure.x_scale == "log" and figure.x not in THEORY_X:
        for value in values:
            numeric = isinstance(value, int | float) and not isinstance(value, bool)
            if not numeric or value <= 0:
                raise SettingsError(
                    f"{place}.x_scale is log, but x has the value {value!r}; make it "
                    "linear."
                )
    needed = {f"lines has {name}": LINES[name] for name in figure.lines}
    if "scmr_objective" in figure.y:
        needed["y has scmr_objective"] = INTERVAL
        if figure.panels is not None:
            raise SettingsError(
                f"{place}: y has scmr_objective, which is that of the study's own "
                "values in all panels; remove it or panels."
            )
    for what, key in needed.items():
        if figure.x != key:
            raise SettingsError(
                f"{place}: {what}, which is drawn over {key} alone; remove it or make "
                "x that key."
            )
