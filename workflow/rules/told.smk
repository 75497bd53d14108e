"""What the report, the pages and the explorer tell of results."""

import re

from snakemake.io import get_flag_value, is_flagged

TEMPLATES = sorted(
    str(p) for p in (LIBRARY / "fedorbit/report/pages/templates").iterdir()
)
CAPTIONS = Path(os.path.relpath(FOLDER)) / "workflow" / "report"
SCALE = {"scale": config["scale"]}
MOST_ROWS = 5000  # of a table in the report, which is one file with all that it shows


def is_long(path):
    """Return whether a table has more rows than the report shows."""
    with open(path, "rb") as file:
        return sum(1 for _ in file) > MOST_ROWS + 1


def link_long_tables():
    """Take tables out of the report that are long in any study; its text links them."""
    linked = {f"results/{name}/rounds.csv" for name in STUDIES}
    for output in (output for each in workflow.rules for output in each.output):
        if is_flagged(output, "report") and output.endswith(".csv"):
            made = [re.sub("{study.*?}", name, output) for name in STUDIES]
            tables = [path for path in made if Path(path).is_file()]
            if any(map(is_long, tables)):
                del output.flags["report"]
                linked |= set(tables)
    there = sorted(path for path in linked if Path(path).is_file())
    config["linked"] = [os.path.relpath(path, "results") for path in there]


def told(study, path, figure=None):
    """Return the title of a result, its caption's file, and what the caption quotes.

    They are those of Snakemake's report. What is not in it has its name and no caption.
    """
    own_group = find_kind(study.values["kind"]).group
    params = {"group": own_group, "drawing": {"group": own_group}, "figure": figure}
    given = {"snakemake": {"config": SCALE, "params": params}}
    for each in workflow.rules:
        for output in each.output:
            found = output.match(f"results/{study.name}/{path}")
            if found and is_flagged(output, "report"):
                known = get_flag_value(output, "report")
                (label,) = known.labels.values()
                title = label.format(**found.groupdict()).replace("_", " ")
                caption = str(CAPTIONS / Path(known.caption).name)
                return {"title": title, "caption": caption, "given": given}
    return {"title": Path(path).stem.replace("_", " "), "caption": None, "given": given}


def pictures_of(study):
    """Return what is told of each figure of a study, that of the answer first."""
    declared = {name: f.model_dump() for name, f in FIGURES[study.name].items()}
    return [
        {"name": name} | told(study, f"figures/{name}.svg", declared.get(name))
        for name in study.figures()
    ]


def tables_of(study):
    """Return what is told of each table of a study."""
    return [{"path": path} | told(study, path) for path in study.tables()]


def captions_of(study):
    """Return the files of the captions on the page of a study."""
    shown = [*pictures_of(study), *tables_of(study)]
    return sorted({part["caption"] for part in shown if part["caption"]})


def question_of(study):
    """Return what a study asks: description, and facts that tell it from others."""
    values, strategies = study.values, study.values.get("strategies", {})
    looks = PLOTTING["strategies"]
    labels = [look["label"] for name, look in looks.items() if name in strategies]
    facts = {
        "scale": study.scale,
        "model that learns": values.get("model", {}).get("name"),
        "dataset": values.get("dataset"),
        "times and bits of": "card" in values and CATALOGUE.cards[values["card"]].name,
        "simulated hours": values.get("scenario", {}).get("hours"),
        "seeds": "seeds" in values and len(CONFIG.seeds or values["seeds"]),
        "strategies": "; ".join(labels),
    }
    return {
        "study": study.name,
        "description": values["description"],
        "method": values.get("method"),
        "facts": [(word, str(fact)) for word, fact in facts.items() if fact],
    }


def other_results(has_page):
    """Return the folders of results, with a page or without, of no study asked for."""
    folders = {path.parent for path in Path("results").glob("[!.]*/*")}
    return sorted(
        folder.name
        for folder in folders
        if folder.name not in STUDIES and (folder / "index.html").is_file() == has_page
    )


def of_page(function):
    """Return a function from wildcards to what a function tells of their study."""
    return lambda wildcards: function(study_of(wildcards))


def shown_paths(wildcards):
    """Return the tables and figures on the page of a study, and figures to print."""
    study = study_of(wildcards)
    figures = [f"figures/{name}.svg" for name in study.figures()]
    paths = [*study.tables(), *figures, *study.printed("figures")]
    return [f"results/{study.name}/{path}" for path in paths]


def explorer_program(wildcards):
    """Return the files that the page is made by: programs, and what it consists of.

    Strategies say in their own words what they do.
    """
    programs = {
        path
        for strategy in strategies_of(wildcards)
        for path in program("write_explorer", strategy)
    }
    parts = (LIBRARY / "fedorbit" / "report" / "explorer" / "parts").iterdir()
    return sorted(programs | {str(path) for path in parts})
