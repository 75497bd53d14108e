"""Plans and rounds to the figures that every study has."""


rule plot_accuracy:
    input:
        rounds="results/{study}/rounds.parquet",
        code=program("plot_accuracy"),
    output:
        figure=report(
            "results/{study}/figures/accuracy.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "accuracy over simulated hours"},
            caption="../report/accuracy.rst",
        ),
        printed=printed("accuracy"),
    log:
        "logs/{study}/plot_accuracy.log",
    benchmark:
        "benchmarks/{study}/plot_accuracy.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        hours=setting("scenario", "hours"),
        drawing=drawing,
    message:
        "Drawing accuracy over simulated hours for {wildcards.study}"
    script:
        "../scripts/plot_accuracy.py"


rule plot_costs:
    input:
        metrics="results/{study}/tables/metrics.csv",
        code=program("plot_costs"),
    output:
        figure=report(
            "results/{study}/figures/costs.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "time and bits to a target"},
            caption="../report/costs.rst",
        ),
        printed=printed("costs"),
    log:
        "logs/{study}/plot_costs.log",
    benchmark:
        "benchmarks/{study}/plot_costs.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        target_accuracy=setting("target_accuracy"),
        drawing=drawing,
    message:
        "Drawing what {wildcards.study} takes to a target"
    script:
        "../scripts/plot_costs.py"


rule plot_timeline:
    input:
        ops=each_strategy(OPS),
        ledgers=each_strategy(LEDGER),
        homes=at("homes"),
        stations=sites("stations"),
        code=program("plot_timeline"),
    output:
        figure=report(
            "results/{study}/figures/timeline.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "timeline of the first hours"},
            caption="../report/timeline.rst",
        ),
        printed=printed("timeline"),
    log:
        "logs/{study}/plot_timeline.log",
    benchmark:
        "benchmarks/{study}/plot_timeline.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        looks=looks_of,
        strategies=strategies_of,
        hours=timeline_hours,
    message:
        "Drawing the timeline of {wildcards.study}"
    script:
        "../scripts/plot_timeline.py"


rule plot_map:
    input:
        constellation="results/{study}/skies/default/constellation.csv",
        ledgers=each_strategy(LEDGER),
        regions=sites("regions"),
        stations=sites("stations"),
        coastlines=COASTLINES,
        code=program("plot_map"),
    output:
        figure=report(
            "results/{study}/figures/map.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "map"},
            caption="../report/map.rst",
        ),
        printed=printed("map"),
    log:
        "logs/{study}/plot_map.log",
    benchmark:
        "benchmarks/{study}/plot_map.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        start=setting("scenario", "start"),
        group=group,
    message:
        "Drawing the map of {wildcards.study}"
    script:
        "../scripts/plot_map.py"


# Its inputs are all other results, so that it tells of the run that made the last.
