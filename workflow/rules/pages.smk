"""Figures, tables and verdicts to pages for a browser."""

from snakemake.io import get_flag_value, is_flagged

TEMPLATES = sorted(
    str(p) for p in (LIBRARY / "fedorbit/report/pages/templates").iterdir()
)
CAPTIONS = Path(os.path.relpath(FOLDER)) / "workflow" / "report"
SCALE = {"scale": config["scale"]}


def told(study, path, figure=None):
    """Return the title of a result, its caption's file, and what the caption quotes.

    They are those of Snakemake's report. What is not in it has its name and no caption.
    """
    own_group = find_kind(study.values["kind"]).group
    params = {"group": own_group, "drawing": {"group": own_group}, "figure": figure}
    given = {"snakemake": {"config": SCALE, "params": params}}
    for rule in workflow.rules:
        for output in rule.output:
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
        "strategies": ", ".join(labels),
    }
    return {
        "study": study.name,
        "description": values["description"],
        "facts": [(word, str(fact)) for word, fact in facts.items() if fact],
    }


def below(study, paths):
    """Return paths from the folder of a study on as those of files."""
    return [f"results/{study.name}/{path}" for path in paths]


for page_study in STUDIES.values():

    rule:
        name:
            f"write_page_{page_study.name}"
        input:
            tables=below(page_study, page_study.tables()),
            figures=[
                *below(page_study, [f"figures/{n}.svg" for n in page_study.figures()]),
                *below(page_study, page_study.printed("figures")),
            ],
            captions=captions_of(page_study),
            templates=TEMPLATES,
            code=program("write_page"),
        output:
            page=f"results/{page_study.name}/index.html",
            latex=below(page_study, page_study.printed("tables")),
        log:
            f"logs/{page_study.name}/write_page.log",
        benchmark:
            f"benchmarks/{page_study.name}/write_page.tsv"
        conda:
            "../../envs/fedorbit.yaml"
        params:
            folder=f"results/{page_study.name}",
            question=question_of(page_study),
            pictures=pictures_of(page_study),
            tables=tables_of(page_study),
            results=page_study.results(),
        message:
            f"Writing the page of {page_study.name}"
        script:
            "../scripts/write_page.py"


rule write_index:
    input:
        pages=[f"results/{name}/index.html" for name in STUDIES],
        claims=[
            f"results/{study.name}/claims.csv"
            for study in STUDIES.values()
            if "claims.csv" in study.results()
        ],
        about=CAPTIONS / "workflow.rst",
        templates=TEMPLATES,
        code=program("write_index"),
    output:
        index="results/index.html",
    log:
        "logs/write_index.log",
    benchmark:
        "benchmarks/write_index.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        questions=[question_of(study) for study in STUDIES.values()],
        answers=[pictures_of(study)[0] for study in STUDIES.values()],
        given={"snakemake": {"config": SCALE}},
    message:
        "Writing the page that leads to those of all studies"
    script:
        "../scripts/write_index.py"
