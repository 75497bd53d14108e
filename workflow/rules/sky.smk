"""Pictures of the sky: satellites in view, passes, flights."""


rule count_in_view:
    input:
        constellation="results/{study}/skies/default/constellation.csv",
        code=program("count_in_view"),
    output:
        in_view="results/{study}/tables/in_view.csv",
    log:
        "logs/{study}/count_in_view.log",
    benchmark:
        "benchmarks/{study}/count_in_view.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        start=setting("scenario", "start"),
        hours=setting("scenario", "hours"),
        coverage=setting("coverage"),
    message:
        "Counting the satellites in view of {wildcards.study}"
    script:
        "../scripts/count_in_view.py"


rule plot_in_view:
    input:
        in_view="results/{study}/tables/in_view.csv",
        regions=setting("scenario", "regions", "file"),
        code=program("plot_in_view"),
    output:
        figure=report(
            "results/{study}/figures/in_view.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "satellites in view by latitude"},
            caption="../report/in_view.rst",
        ),
        printed=printed("in_view"),
    log:
        "logs/{study}/plot_in_view.log",
    benchmark:
        "benchmarks/{study}/plot_in_view.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    message:
        "Drawing the satellites in view of {wildcards.study}"
    script:
        "../scripts/plot_in_view.py"


rule plot_passes:
    input:
        constellation="results/{study}/skies/default/constellation.csv",
        regions=setting("scenario", "regions", "file"),
        flights="results/{study}/rungs/flights.parquet",
        code=program("plot_passes"),
    output:
        figure=report(
            "results/{study}/figures/passes.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "passes over the regions"},
            caption="../report/passes.rst",
        ),
        printed=printed("passes"),
    log:
        "logs/{study}/plot_passes.log",
    benchmark:
        "benchmarks/{study}/plot_passes.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        start=setting("scenario", "start"),
        mask_deg=setting("scenario", "regions", "min_elevation_deg"),
        minutes=PLOTTING["passes_minutes"],
    message:
        "Drawing the passes of {wildcards.study}"
    script:
        "../scripts/plot_passes.py"


rule plot_flights:
    input:
        flights="results/{study}/rungs/flights.parquet",
        costs="results/{study}/tables/flights.csv",
        ageing="results/{study}/tables/ageing.csv",
        code=program("plot_flights"),
    output:
        figure=report(
            "results/{study}/figures/flights.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "flights between regions"},
            caption="../report/flights.rst",
        ),
        printed=printed("flights"),
    log:
        "logs/{study}/plot_flights.log",
    benchmark:
        "benchmarks/{study}/plot_flights.tsv"
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
        "Drawing the flights of {wildcards.study}"
    script:
        "../scripts/plot_flights.py"
