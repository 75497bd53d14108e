"""Metrics, sweeps and verdicts on what a paper claims, from the tidy rounds."""


rule tabulate_metrics:
    input:
        rounds="results/{study}/rounds.csv",
        plans="results/{study}/tables/plans.csv",
        code=program("tabulate_metrics"),
    output:
        metrics=report(
            "results/{study}/tables/metrics.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "metrics"},
            caption="../report/metrics.rst",
        ),
    log:
        "logs/{study}/tabulate_metrics.log",
    benchmark:
        "benchmarks/{study}/tabulate_metrics.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        target_accuracy=setting("target_accuracy"),
    message:
        "Measuring the runs of {wildcards.study}"
    script:
        "../scripts/tabulate_metrics.py"


rule judge_claims:
    input:
        claims=claims_path,
        rounds="results/{study}/rounds.csv",
        cells="results/{study}/tables/cells.csv",
        convex_bound="results/{study}/tables/convex_bound.csv",
        code=program("judge_claims"),
    output:
        claims=report(
            "results/{study}/claims.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "claims"},
            caption="../report/claims.rst",
        ),
    log:
        "logs/{study}/judge_claims.log",
    benchmark:
        "benchmarks/{study}/judge_claims.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        target_accuracy=setting("target_accuracy"),
    message:
        "Judging the claims about {wildcards.study}"
    script:
        "../scripts/judge_claims.py"


rule plot_scoreboard:
    input:
        claims="results/{study}/claims.csv",
        code=program("plot_scoreboard"),
    output:
        figure=report(
            "results/{study}/figures/scoreboard.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "verdicts on claims"},
            caption="../report/scoreboard.rst",
        ),
    log:
        "logs/{study}/plot_scoreboard.log",
    benchmark:
        "benchmarks/{study}/plot_scoreboard.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        scale=CONFIG.scale,
        model=setting("model"),
        dataset=setting("dataset"),
        card=card,
    message:
        "Drawing the verdicts on claims about {wildcards.study}"
    script:
        "../scripts/plot_scoreboard.py"


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
    log:
        "logs/{study}/plot_costs.log",
    benchmark:
        "benchmarks/{study}/plot_costs.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        looks=looks_of,
        scale=CONFIG.scale,
        model=setting("model"),
        dataset=setting("dataset"),
        card=card,
    message:
        "Drawing what {wildcards.study} takes to a target"
    script:
        "../scripts/plot_costs.py"


rule plot_wins:
    input:
        rounds="results/{study}/rounds.csv",
        cells="results/{study}/tables/cells.csv",
        metrics="results/{study}/tables/metrics.csv",
        code=program("plot_wins"),
    output:
        figure=report(
            "results/{study}/figures/wins.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "where FedMeld wins"},
            caption="../report/wins.rst",
        ),
    log:
        "logs/{study}/plot_wins.log",
    benchmark:
        "benchmarks/{study}/plot_wins.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        looks=looks_of,
        scale=CONFIG.scale,
        model=setting("model"),
        dataset=setting("dataset"),
        card=card,
    message:
        "Drawing where FedMeld wins in {wildcards.study}"
    script:
        "../scripts/plot_wins.py"
