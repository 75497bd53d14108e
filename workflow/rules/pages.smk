"""Figures, tables and verdicts to pages for a browser."""

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
        with_page=other_results(has_page=True),
        without_page=other_results(has_page=False),
    message:
        "Writing the page that leads to those of all studies"
    script:
        "../scripts/write_index.py"
