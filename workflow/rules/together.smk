"""Studies beside one another."""


rule plot_together:
    input:
        rounds=of_rows("rounds.parquet"),
        metrics=of_rows("tables/metrics.csv"),
        code=program("plot_together"),
    output:
        figure=report(
            "results/{study}/figures/together.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "papers beside one another"},
            caption="../report/together.rst",
        ),
        printed=printed("together"),
        table=report(
            "results/{study}/tables/together.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "papers beside one another"},
            caption="../report/together_table.rst",
        ),
    log:
        "logs/{study}/plot_together.log",
    benchmark:
        "benchmarks/{study}/plot_together.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(20),
    params:
        rows=rows_of,
        title=title_of_rows,
    message:
        "Drawing the studies of {wildcards.study} beside one another"
    script:
        "../scripts/plot_together.py"
