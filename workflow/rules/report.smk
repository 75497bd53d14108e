"""Records to tables, figures and the report."""


rule collect_rounds:
    input:
        records=each_run("run", RECORD),
        ledgers=each_run("plan", LEDGER),
        code=library("report"),
        script=program("collect_rounds"),
    output:
        rounds=report(
            "results/{study}/rounds.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "rounds"},
            caption="../report/rounds.rst",
        ),
    log:
        "logs/{study}/collect_rounds.log",
    benchmark:
        "benchmarks/{study}/collect_rounds.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        runs=runs,
    message:
        "Collecting the rounds of {wildcards.study}"
    script:
        "../scripts/collect_rounds.py"


rule list_cells:
    input:
        code=library(),
        script=program("list_cells"),
    output:
        cells=report(
            "results/{study}/tables/cells.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "cells of the sweeps"},
            caption="../report/cells.rst",
        ),
    log:
        "logs/{study}/list_cells.log",
    benchmark:
        "benchmarks/{study}/list_cells.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        cells=lambda wildcards: SWEEPS[wildcards.study].cells.to_dict("split"),
    message:
        "Listing the cells of the sweeps of {wildcards.study}"
    script:
        "../scripts/list_cells.py"


rule summarise:
    input:
        rounds="results/{study}/rounds.csv",
        code=library("report"),
        script=program("summarise"),
    output:
        summary=report(
            "results/{study}/tables/summary.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "summary"},
            caption="../report/summary.rst",
        ),
        metrics="results/{study}/tables/summary.json",
    log:
        "logs/{study}/summarise.log",
    benchmark:
        "benchmarks/{study}/summarise.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    message:
        "Summarising {wildcards.study}"
    script:
        "../scripts/summarise.py"


rule list_parameters:
    input:
        code=library(),
        script=program("list_parameters"),
    output:
        parameters=report(
            "results/{study}/tables/parameters.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "parameters"},
            caption="../report/parameters.rst",
        ),
    log:
        "logs/{study}/list_parameters.log",
    benchmark:
        "benchmarks/{study}/list_parameters.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        study=setting(),
    message:
        "Listing where the numbers of {wildcards.study} come from"
    script:
        "../scripts/list_parameters.py"


rule plot_accuracy:
    input:
        rounds="results/{study}/rounds.csv",
        code=library("report"),
        script=program("plot_accuracy"),
    output:
        figure=report(
            "results/{study}/figures/accuracy.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "accuracy over simulated hours"},
            caption="../report/accuracy.rst",
        ),
    log:
        "logs/{study}/plot_accuracy.log",
    benchmark:
        "benchmarks/{study}/plot_accuracy.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        looks=looks_of,
        hours=setting("scenario", "hours"),
        scale=CONFIG.scale,
        model=setting("model"),
        dataset=setting("dataset"),
        card=card,
    message:
        "Drawing accuracy over simulated hours for {wildcards.study}"
    script:
        "../scripts/plot_accuracy.py"


rule plot_timeline:
    input:
        ops=each_strategy(OPS),
        ledgers=each_strategy(LEDGER),
        regions=setting("scenario", "regions", "file"),
        stations=setting("scenario", "stations", "file"),
        code=library("orbits", "plans", "report"),
        script=program("plot_timeline"),
    output:
        figure=report(
            "results/{study}/figures/timeline.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "timeline of the first hours"},
            caption="../report/timeline.rst",
        ),
    log:
        "logs/{study}/plot_timeline.log",
    benchmark:
        "benchmarks/{study}/plot_timeline.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        looks=looks_of,
        strategies=strategies_of,
        hours=PLOTTING["timeline_hours"],
        clients_per_region=setting("clients", "per_region"),
    message:
        "Drawing the timeline of {wildcards.study}"
    script:
        "../scripts/plot_timeline.py"


rule plot_map:
    input:
        tle="results/{study}/skies/default/constellation.tle",
        ledgers=each_strategy(LEDGER),
        regions=setting("scenario", "regions", "file"),
        stations=setting("scenario", "stations", "file"),
        coastlines=COASTLINES,
        code=library("orbits", "report"),
        script=program("plot_map"),
    output:
        figure=report(
            "results/{study}/figures/map.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "map"},
            caption="../report/map.rst",
        ),
    log:
        "logs/{study}/plot_map.log",
    benchmark:
        "benchmarks/{study}/plot_map.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        start=setting("scenario", "start"),
    message:
        "Drawing the map of {wildcards.study}"
    script:
        "../scripts/plot_map.py"


# Its inputs are all other results, so that it tells of the run that made the last.
rule write_provenance:
    input:
        results=results_paths,
        data=data_paths,
        tle="results/{study}/skies/default/constellation.tle",
        script=program("write_provenance"),
        code=library("orbits", "data", "learn", "report"),
    output:
        provenance=report(
            "results/{study}/provenance.json",
            category="{study}",
            subcategory="tables",
            labels={"table": "provenance"},
            caption="../report/provenance.rst",
        ),
    log:
        "logs/{study}/write_provenance.log",
    benchmark:
        "benchmarks/{study}/write_provenance.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    params:
        study=setting(),
        learning=learning_of,
    message:
        "Recording where the results of {wildcards.study} come from"
    script:
        "../scripts/write_provenance.py"


rule write_report:
    input:
        results=all_results(),
        captions=captions(),
    output:
        report="results/report.html",
    log:
        "logs/write_report.log",
    benchmark:
        "benchmarks/write_report.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        snakefile=os.path.relpath(FOLDER / "Snakefile"),
        config=json.dumps(config),
    message:
        "Writing the report"
    shell:
        "printf %s {params.config:q} >{log:q}.json; "
        "snakemake --snakefile {params.snakefile:q} --configfile {log:q}.json --nolock"
        " --cores 1 --report {output.report:q} -- {input.results:q} >{log:q} 2>&1"
