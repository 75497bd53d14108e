"""Passes and flights by simpler theories of motion, and by old elements."""


rule compare_rungs:
    input:
        constellation="results/{study}/skies/default/constellation.csv",
        regions=setting("scenario", "regions", "file"),
        code=program("compare_rungs"),
    output:
        windows="results/{study}/rungs/windows.parquet",
        flights="results/{study}/rungs/flights.parquet",
        ladder=report(
            "results/{study}/tables/ladder.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "ladder"},
            caption="../report/ladder_table.rst",
        ),
    log:
        "logs/{study}/compare_rungs.log",
    benchmark:
        "benchmarks/{study}/compare_rungs.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        start=setting("scenario", "start"),
        hours=setting("scenario", "hours"),
        mask_deg=setting("scenario", "regions", "min_elevation_deg"),
        comparison=setting("comparison"),
    message:
        "Comparing theories of motion for {wildcards.study}"
    script:
        "../scripts/compare_rungs.py"


rule compare_ages:
    input:
        snapshots=snapshots,
        regions=setting("scenario", "regions", "file"),
        code=program("compare_ages"),
    output:
        windows="results/{study}/ages/windows.parquet",
        flights="results/{study}/ages/flights.parquet",
        ageing=report(
            "results/{study}/tables/ageing.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "ageing"},
            caption="../report/ageing_table.rst",
        ),
    log:
        "logs/{study}/compare_ages.log",
    benchmark:
        "benchmarks/{study}/compare_ages.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        ageing=setting("ageing"),
        mask_deg=setting("scenario", "regions", "min_elevation_deg"),
        comparison=setting("comparison"),
    message:
        "Comparing old elements with new ones for {wildcards.study}"
    script:
        "../scripts/compare_ages.py"


rule tabulate_flights:
    input:
        flights=expand(
            "results/{{study}}/{part}/flights.parquet", part=["rungs", "ages"]
        ),
        code=program("tabulate_flights"),
    output:
        flights=report(
            "results/{study}/tables/flights.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "flights"},
            caption="../report/flights_table.rst",
        ),
    log:
        "logs/{study}/tabulate_flights.log",
    benchmark:
        "benchmarks/{study}/tabulate_flights.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    message:
        "Tabulating the flights of {wildcards.study}"
    script:
        "../scripts/tabulate_flights.py"


rule plot_ladder:
    input:
        rungs="results/{study}/rungs/windows.parquet",
        ages="results/{study}/ages/windows.parquet",
        ageing="results/{study}/tables/ageing.csv",
        code=program("plot_ladder"),
    output:
        figure=report(
            "results/{study}/figures/ladder.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "errors of passes by theory and age"},
            caption="../report/ladder.rst",
        ),
        printed=printed("ladder"),
    log:
        "logs/{study}/plot_ladder.log",
    benchmark:
        "benchmarks/{study}/plot_ladder.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        looks=PLOTTING["rungs"],
    message:
        "Drawing the ladder of {wildcards.study}"
    script:
        "../scripts/plot_ladder.py"
