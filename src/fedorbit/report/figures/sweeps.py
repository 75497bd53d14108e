"""Figures of sweeps, as a study declares them under ``figures``.

Each quantity over x is a *view*, and so are its curves over time and the objective of
theory. A view has a panel for each value of the key ``panels``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import fill

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from fedorbit.report.figures.declared import SweepFigure
from fedorbit.report.figures.lines import (
    ROW,
    Sheet,
    draw_objectives,
    draw_over_time,
    draw_over_x,
    draw_vertical,
    mark_infeasible,
    mark_values,
)
from fedorbit.report.figures.points import (
    Layout,
    Tables,
    curves,
    layout,
    objectives,
    points,
)
from fedorbit.report.figures.quantities import (
    LAW_RATIO,
    OVER_TIME,
    QUANTITIES,
    SCMR_RATIO,
)
from fedorbit.report.figures.style import (
    Looks,
    plain,
    set_title,
    use_style,
)
from fedorbit.report.numbers.theory import best_ratios, ratio_of_law

COLUMNS = 5  # of panels side by side
VIEWS = 3  # side by side, where each has one panel
LETTERS = 14  # of small print on an inch
HEIGHT_PT = 130  # about that of a panel, points


@dataclass(frozen=True)
class View:
    """What the panels of one quantity show."""

    kind: str
    """``over_x``, ``over_time`` or ``theory``."""
    y: str
    """The quantity."""
    numbers: pd.DataFrame
    """Those of ``points``, ``curves`` or ``objectives``."""


def plot_sweep(figure: SweepFigure, tables: Tables, looks: Looks, title: str) -> Figure:
    """Return the figure that a study declares, from the tables that it needs.

    Lines are means over seeds, whiskers and bands their 95 % intervals.
    """
    use_style()
    sheet = Sheet(figure, layout(figure, tables), looks)
    views = list(_views(sheet, tables)) or [_nothing(figure, tables, sheet.where)]
    panels = sheet.where.axes["panels"].texts
    canvas, rows, beside = _panels(len(views), len(panels))
    for view, row in zip(views, rows, strict=True):
        for panel, axes in enumerate(row):
            crosses = _draw(axes, view, sheet, panel)
            if view.kind == "over_x":
                draw_vertical(axes, _ratios(sheet, tables, panel))
            if view.kind != "over_time":
                mark_values(axes, sheet, beside)
                width = int(LETTERS * canvas.get_figwidth() / beside)
                axes.set_xlabel(plain(fill(figure.words("x"), width)))
            if panel % beside == 0:
                words = QUANTITIES[view.y].label
                axes.set_ylabel(words.replace("region", tables.group))
            above = ROW * crosses * HEIGHT_PT
            axes.set_title(_heading(view, sheet, panel), fontsize=8, pad=6 + above)
    _add_legend(canvas)
    set_title(canvas, title)
    return canvas


def _views(sheet: Sheet, tables: Tables) -> Iterator[View]:
    """Yield the views of a figure in the order of its quantities."""
    figure, where = sheet.figure, sheet.where
    for y in figure.y:
        known = QUANTITIES[y].at
        if QUANTITIES[y].table == "scmr":
            yield View("theory", y, objectives(tables, where))
        if set(known) & set(figure.at) - {OVER_TIME}:
            yield View("over_x", y, points(figure, y, tables, where))
        if OVER_TIME in known and OVER_TIME in figure.at:
            numbers = curves(figure, y, tables, where)
            for strategy in sheet.present(numbers):
                yield View("over_time", y, numbers[numbers["strategy"] == strategy])


def _nothing(figure: SweepFigure, tables: Tables, where: Layout) -> View:
    """Return the view of curves over time of which none could be planned."""
    return View("over_x", figure.y[0], points(figure, figure.y[0], tables, where))


def _ratios(sheet: Sheet, tables: Tables, panel: int) -> dict[str, float]:
    """Return the ratios that theory finds best, by the label of their vertical lines.

    That of SC-MR is for the study's own values, that of our law for the panel's.
    """
    found = {}
    if SCMR_RATIO in sheet.figure.lines:
        found |= best_ratios(tables.scmr)
    if LAW_RATIO in sheet.figure.lines:
        cells = sheet.where.cells
        for cell in cells.loc[cells["panels"] == panel, "cell"]:
            found |= ratio_of_law(tables.law[cell])
    return found


def _draw(axes: plt.Axes, view: View, sheet: Sheet, panel: int) -> int:
    """Draw what belongs into one panel of a view; return its rows of crosses."""
    if view.kind == "theory":
        draw_objectives(axes, view.numbers)
        return 0
    numbers = view.numbers[view.numbers["panels"] == panel]
    if view.kind == "over_time":
        draw_over_time(axes, numbers, sheet)
        return 0
    draw_over_x(axes, numbers, sheet, view.y)
    return mark_infeasible(axes, sheet, panel)


def _heading(view: View, sheet: Sheet, panel: int) -> str:
    """Return what stands above a panel: whose it is, and the value of its key."""
    words = []
    if view.kind == "over_time":
        words.append(sheet.looks[view.numbers["strategy"].iloc[0]]["label"])
    if sheet.figure.panels is not None:
        text = sheet.where.axes["panels"].texts[panel]
        words.append(plain(f"{sheet.figure.words('panels')} {text}"))
    return ",\n".join(words)


def _panels(views: int, panels: int) -> tuple[Figure, list[list[plt.Axes]], int]:
    """Return a figure, the panels of each view, and how many stand side by side.

    Views of one panel stand side by side, others one below the other. The panels of a
    view share their vertical axis.
    """
    square = 2 if views == 4 else VIEWS  # four stand as two and two
    beside = min(square, views) if panels == 1 else min(COLUMNS, panels)
    cells = 1 if panels == 1 else -(-panels // beside) * beside
    rows = -(-views * cells // beside)
    size = (5.4, 3.4) if rows == beside == 1 else (7.2, 1.0 + 2.2 * rows)
    canvas, grid = plt.subplots(rows, beside, figsize=size, squeeze=False)
    flat = list(grid.flat)
    found = [flat[k * cells : k * cells + panels] for k in range(views)]
    used = {axes for row in found for axes in row}
    for axes in flat:
        if axes not in used:
            axes.set_axis_off()
    for row in found:
        for panel, axes in enumerate(row[1:], start=1):
            axes.sharey(row[0])
            axes.tick_params(labelleft=panel % beside == 0)
    return canvas, found, beside


def _add_legend(canvas: Figure) -> None:
    """Write below a figure what lines mean, each once, if panels do not say it."""
    handles = {
        label: handle
        for axes in canvas.axes
        if axes.get_legend() is None
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if handles:
        letters = max(map(len, handles)) + 8
        columns = int(LETTERS * canvas.get_figwidth() // letters)
        canvas.legend(
            handles.values(),
            handles.keys(),
            loc="outside lower center",
            ncols=max(1, min(4, len(handles), columns)),
            handlelength=3,
        )
