"""Metrics, sweeps and verdicts on what a paper claims, from the tidy rounds."""


rule tabulate_metrics:
    input:
        rounds=rounds_path,
        ops=each_run(*OPS),
        ledgers=each_run(*LEDGER),
        homes=each_run("homes"),
        constellations=each_run("constellation"),
        infeasible="results/{study}/tables/infeasible.csv",
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
    group:
        "tables"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        runs=runs,
        target_accuracy=setting("target_accuracy"),
    message:
        "Measuring the runs of {wildcards.study}"
    script:
        "../scripts/tabulate_metrics.py"


rule judge_claims:
    input:
        claims=claims_path,
        rounds="results/{study}/rounds.parquet",
        records=each_run("run"),
        cells="results/{study}/tables/cells.csv",
        infeasible="results/{study}/tables/infeasible.csv",
        dataset=dataset_path,
        metrics=if_result("metrics"),
        draws=if_result("draws"),
        convex_bound=if_result("convex_bound"),
        latency=if_result("latency"),
        totals=if_result("totals"),
        crossovers=if_result("crossovers"),
        payloads=if_result("payloads"),
        devices=if_result("devices"),
        checks=if_result("checks"),
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
    group:
        "tables"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        runs=runs,
        target_accuracy=setting("target_accuracy"),
        speed=setting("clients", "compute_flop_s"),
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
        printed=printed("scoreboard"),
    log:
        "logs/{study}/plot_scoreboard.log",
    benchmark:
        "benchmarks/{study}/plot_scoreboard.tsv"
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
        "Drawing the verdicts on claims about {wildcards.study}"
    script:
        "../scripts/plot_scoreboard.py"
