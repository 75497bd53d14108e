"""Records to tables."""


rule collect_rounds:
    input:
        records=each_run("run"),
        ops=each_run(*OPS),
        ledgers=each_run(*LEDGER),
        code=program("collect_rounds"),
    output:
        rounds="results/{study}/rounds.parquet",
        csv="results/{study}/rounds.csv",
    log:
        "logs/{study}/collect_rounds.log",
    benchmark:
        "benchmarks/{study}/collect_rounds.tsv"
    group:
        "tables"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        runs=runs,
    message:
        "Collecting the rounds of {wildcards.study}"
    script:
        "../scripts/collect_rounds.py"


rule list_cells:
    input:
        code=program("list_cells"),
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
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        cells=cells_of_sweeps,
    message:
        "Listing the cells of the sweeps of {wildcards.study}"
    script:
        "../scripts/list_cells.py"


rule list_infeasible:
    input:
        verdicts=each_run(*VERDICT),
        code=program("list_infeasible"),
    output:
        infeasible=report(
            "results/{study}/tables/infeasible.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "what cannot be planned"},
            caption="../report/infeasible.rst",
        ),
    log:
        "logs/{study}/list_infeasible.log",
    benchmark:
        "benchmarks/{study}/list_infeasible.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        runs=runs,
    message:
        "Listing what cannot be planned of {wildcards.study}"
    script:
        "../scripts/list_infeasible.py"


rule summarise:
    input:
        rounds="results/{study}/rounds.parquet",
        infeasible="results/{study}/tables/infeasible.csv",
        code=program("summarise"),
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
    group:
        "tables"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    message:
        "Summarising {wildcards.study}"
    script:
        "../scripts/summarise.py"


rule list_parameters:
    input:
        code=program("list_parameters"),
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
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        study=setting(),
    message:
        "Listing where the numbers of {wildcards.study} come from"
    script:
        "../scripts/list_parameters.py"
