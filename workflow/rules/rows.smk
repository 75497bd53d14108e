"""Which studies stand beside one another, and what figures say of each."""

from fedorbit.studies.catalogue import by_file
from fedorbit.studies.kind import find_kind

BY_FILE = by_file(STUDIES)


def rows_of(wildcards):
    """Return what a figure of several studies says of each."""
    rows = []
    for row in study_of(wildcards).values["rows"]:
        values = BY_FILE[row["study"]].values
        own = {name: PLOTTING["strategies"][name] for name in values["strategies"]}
        looks = {n: own[n] for n in PLOTTING["strategies"] if n in own}
        rows.append(
            {"bound": None}
            | row
            | {"looks": looks, "hours": values["scenario"]["hours"]}
            | {"group": find_kind(values["kind"]).group}
        )
    return rows


def of_rows(path):
    """Return a function from wildcards to a result of each study of the figure."""

    def paths(wildcards):
        rows = study_of(wildcards).values["rows"]
        return [f"results/{BY_FILE[row['study']].name}/{path}" for row in rows]

    return paths


def title_of_rows(wildcards):
    """Return whose bits and times count in all studies of a figure."""
    rows = study_of(wildcards).values["rows"]
    cards = {BY_FILE[row["study"]].values["card"] for row in rows}
    return "times and bits: " + ", ".join(
        CATALOGUE.cards[c].name for c in sorted(cards)
    )
