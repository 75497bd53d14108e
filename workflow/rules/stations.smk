"""Hierarchical FL with each of many ground stations alone."""


rule compare_stations:
    input:
        constellation=at("constellation"),
        regions=sites("regions"),
        candidates=setting("candidate_stations"),
        homes=at("homes"),
        code=program("compare_stations"),
    output:
        table=report(
            "results/{study}/tables/stations.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "ground stations"},
            caption="../report/stations_table.rst",
        ),
    log:
        "logs/{study}/compare_stations.log",
    benchmark:
        "benchmarks/{study}/compare_stations.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        settings=setting("strategies", "hfl"),
        scene=scene,
        sky=own("contacts"),
    message:
        "Planning hierarchical FL of {wildcards.study} with each station alone"
    script:
        "../scripts/compare_stations.py"


rule plot_stations:
    input:
        table="results/{study}/tables/stations.csv",
        stations=sites("stations"),
        regions=sites("regions"),
        coastlines=COASTLINES,
        code=program("plot_stations"),
    output:
        figure=report(
            "results/{study}/figures/stations.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "ground stations"},
            caption="../report/stations.rst",
        ),
        printed=printed("stations"),
    log:
        "logs/{study}/plot_stations.log",
    benchmark:
        "benchmarks/{study}/plot_stations.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        drawing=drawing,
    message:
        "Drawing which ground stations serve {wildcards.study} well"
    script:
        "../scripts/plot_stations.py"
