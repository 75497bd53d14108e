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
        "strategies": "; ".join(labels),
    }
    return {
        "study": study.name,
        "description": values["description"],
        "facts": [(word, str(fact)) for word, fact in facts.items() if fact],
    }


def of_page(function):
    """Return a function from wildcards to what a function tells of their study."""
    return lambda wildcards: function(study_of(wildcards))


def shown_paths(wildcards):
    """Return the tables and figures on the page of a study, and figures to print."""
    study = study_of(wildcards)
    figures = [f"figures/{name}.svg" for name in study.figures()]
    paths = [*study.tables(), *figures, *study.printed("figures")]
    return [f"results/{study.name}/{path}" for path in paths]


# A rule for each study, since each has tables of its own.
for page_study in STUDIES.values():

    rule:
        name:
            f"write_page_{page_study.name}"
        input:
            results=shown_paths,
            captions=of_page(captions_of),
            templates=TEMPLATES,
            code=program("write_page"),
        output:
            page="results/{study}/index.html",
            latex=[f"results/{{study}}/{p}" for p in page_study.printed("tables")],
        log:
            "logs/{study}/write_page.log",
        benchmark:
            "benchmarks/{study}/write_page.tsv"
        wildcard_constraints:
            study=page_study.name,
        group:
            "figures"
        conda:
            "../../envs/fedorbit.yaml"
        resources:
            mem_mb=growing(1500),
            runtime=growing(10),
        params:
            question=of_page(question_of),
            pictures=of_page(pictures_of),
            tables=of_page(tables_of),
            results=of_page(lambda study: study.results()),
        message:
            "Writing the page of {wildcards.study}"
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
        about=CAPTIONS / "index.rst",
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
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        questions=[question_of(study) for study in STUDIES.values()],
        answers=[pictures_of(study)[0] for study in STUDIES.values()],
        given={"snakemake": {"config": SCALE}},
    message:
        "Writing the page that leads to those of all studies"
    script:
        "../scripts/write_index.py"
