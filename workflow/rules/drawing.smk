"""What figures are drawn from besides their tables: titles, looks, declarations."""

from fedorbit.report.figures.check import LAWFUL
from fedorbit.report.figures.declared import parse_figure, site_files
from fedorbit.studies.keys import lookup
from fedorbit.studies.kind import find_kind

FIGURES = {
    name: {n: parse_figure(f) for n, f in study.values.get("figures", {}).items()}
    for name, study in STUDIES.items()
}


def declared_names():
    """Return a pattern of the names of all declared figures."""
    names = {figure for figures in FIGURES.values() for figure in figures}
    # Without any, a pattern that nothing has.
    return "|".join(sorted(names)) or "(?!)"


def figure_of(wildcards):
    """Return the settings of a declared figure."""
    return FIGURES[wildcards.study][wildcards.figure]


def declaration(wildcards):
    """Return a declared figure as plain values."""
    return figure_of(wildcards).model_dump()


def if_drawn(table, pattern):
    """Return a function from wildcards to a path, empty if the figure needs it not."""

    def path(wildcards):
        return pattern.format(**wildcards) if figure_of(wildcards).needs[table] else []

    return path


def laws_of_cells(wildcards):
    """Return what our law finds in each cell of a figure's sweep, if it draws it."""
    figure, study = figure_of(wildcards), study_of(wildcards)
    if not figure.needs["law"]:
        return {}
    cells = study.expansion.cells
    own = cells[(cells["sweep"] == figure.sweep) & (cells["strategy"] == LAWFUL)]
    return {
        int(cell.cell): made("law").format(
            study=wildcards.study,
            setting=study.expansion.at(cell.setting, "law", LAWFUL),
            strategy=LAWFUL,
        )
        for cell in own.itertuples()
    }


def theory_values(wildcards):
    """Return the study's own values that theory needs for a declared figure."""
    values = study_of(wildcards).values
    return {key: lookup(values, key) for key in figure_of(wildcards).keys}


def drawn_sites(wildcards):
    """Return the files of sites that a declared figure counts."""
    cells = study_of(wildcards).expansion.cells
    return site_files(figure_of(wildcards), cells, theory_values(wildcards))


def group(wildcards):
    """Return what figures call a group of clients, such as ``region``."""
    return find_kind(study_of(wildcards).values["kind"]).group


def drawing(wildcards):
    """Return how strategies look, what learns and sends, the scale, and what a group is.

    What the sweep of a declared figure varies is none of the title's.
    """
    study, varied = study_of(wildcards), set()
    values = study.values
    if "figure" in wildcards.keys():
        sweep = values["sweeps"][figure_of(wildcards).sweep]
        varied = {key for axis in sweep["over"] for key in axis}
    learned = {"model": "model.name", "dataset": "dataset", "card": "card"}
    given = {
        part: None if key in varied or part not in values else lookup(values, key)
        for part, key in learned.items()
    }
    if given["card"] is not None:
        given["card"] = CATALOGUE.cards[given["card"]].name
    given |= {"looks": looks_of(wildcards), "scale": study.scale}
    return given | {"group": group(wildcards)}
