"""Which models clients in no region can get, anywhere on Earth."""


rule find_models:
    input:
        constellation=at("constellation"),
        ops=of_availability(*OPS),
        ledgers=of_availability(*LEDGER),
        rounds="results/{study}/rounds.parquet",
        code=program("find_models"),
    output:
        table=report(
            "results/{study}/tables/availability.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "models anywhere"},
            caption="../report/availability_table.rst",
        ),
        places="results/{study}/tables/places.csv",
    log:
        "logs/{study}/find_models.log",
    benchmark:
        "benchmarks/{study}/find_models.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        settings=setting("availability"),
        sky=own("contacts"),
    message:
        "Finding which models of {wildcards.study} clients anywhere can get"
    script:
        "../scripts/find_models.py"


rule plot_availability:
    input:
        table="results/{study}/tables/availability.csv",
        places="results/{study}/tables/places.csv",
        regions=sites("regions"),
        coastlines=COASTLINES,
        code=program("plot_availability"),
    output:
        figure=report(
            "results/{study}/figures/availability.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "models anywhere"},
            caption="../report/availability.rst",
        ),
        printed=printed("availability"),
    log:
        "logs/{study}/plot_availability.log",
    benchmark:
        "benchmarks/{study}/plot_availability.tsv"
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
        "Drawing which models of {wildcards.study} clients anywhere can get"
    script:
        "../scripts/plot_availability.py"
