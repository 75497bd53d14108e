"""Sweeps from the tidy rounds to figures."""


rule plot_staleness:
    input:
        rounds="results/{study}/rounds.csv",
        cells="results/{study}/tables/cells.csv",
        meld="results/{study}/meld/default.json",
        regions=setting("scenario", "regions", "file"),
        code=program("plot_staleness"),
    output:
        figure=report(
            "results/{study}/figures/staleness.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "accuracy by round interval"},
            caption="../report/staleness.rst",
        ),
    log:
        "logs/{study}/plot_staleness.log",
    benchmark:
        "benchmarks/{study}/plot_staleness.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        looks=looks_of,
        local_steps=setting("training", "local_steps"),
        scale=CONFIG.scale,
        model=setting("model"),
        dataset=setting("dataset"),
        card=card,
    message:
        "Drawing accuracy by round interval for {wildcards.study}"
    script:
        "../scripts/plot_staleness.py"


rule plot_mixing:
    input:
        rounds="results/{study}/rounds.csv",
        cells="results/{study}/tables/cells.csv",
        meld="results/{study}/meld/default.json",
        code=program("plot_mixing"),
    output:
        figure=report(
            "results/{study}/figures/{sweep}.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "accuracy by {sweep}"},
            caption="../report/mixing.rst",
        ),
    log:
        "logs/{study}/plot_mixing-{sweep}.log",
    benchmark:
        "benchmarks/{study}/plot_mixing-{sweep}.tsv"
    wildcard_constraints:
        sweep="mixing_region|mixing_client",
    conda:
        "../../envs/fedorbit.yaml"
    params:
        looks=looks_of,
        scale=CONFIG.scale,
        model=setting("model"),
        dataset=setting("dataset"),
        card=card,
    message:
        "Drawing {wildcards.sweep} of {wildcards.study}"
    script:
        "../scripts/plot_mixing.py"


rule plot_time_limit:
    input:
        rounds="results/{study}/rounds.csv",
        cells="results/{study}/tables/cells.csv",
        code=program("plot_time_limit"),
    output:
        figure=report(
            "results/{study}/figures/time_limit.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "accuracy by time limit"},
            caption="../report/time_limit.rst",
        ),
    log:
        "logs/{study}/plot_time_limit.log",
    benchmark:
        "benchmarks/{study}/plot_time_limit.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        looks=looks_of,
        scale=CONFIG.scale,
        model=setting("model"),
        dataset=setting("dataset"),
        card=card,
    message:
        "Drawing accuracy by time limit for {wildcards.study}"
    script:
        "../scripts/plot_time_limit.py"


rule plot_participation:
    input:
        rounds="results/{study}/rounds.csv",
        cells="results/{study}/tables/cells.csv",
        code=program("plot_participation"),
    output:
        figure=report(
            "results/{study}/figures/participation.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "full and partial participation"},
            caption="../report/participation.rst",
        ),
    log:
        "logs/{study}/plot_participation.log",
    benchmark:
        "benchmarks/{study}/plot_participation.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        looks=looks_of,
        scale=CONFIG.scale,
        model=setting("model"),
        dataset=setting("dataset"),
        card=card,
    message:
        "Drawing participation for {wildcards.study}"
    script:
        "../scripts/plot_participation.py"


rule plot_topology:
    input:
        rounds="results/{study}/rounds.csv",
        cells="results/{study}/tables/cells.csv",
        regions=topology_regions,
        code=program("plot_topology"),
    output:
        figure=report(
            "results/{study}/figures/topology.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "accuracy by topology"},
            caption="../report/topology.rst",
        ),
    log:
        "logs/{study}/plot_topology.log",
    benchmark:
        "benchmarks/{study}/plot_topology.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        looks=looks_of,
        mixing_ratio=setting("strategies", "fedmeld", "mixing_ratio"),
        scale=CONFIG.scale,
        model=setting("model"),
        dataset=setting("dataset"),
        card=card,
    message:
        "Drawing accuracy by topology for {wildcards.study}"
    script:
        "../scripts/plot_topology.py"
