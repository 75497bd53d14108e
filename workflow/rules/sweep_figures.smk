"""Sweeps to the figures that a study declares."""


rule plot_sweep:
    input:
        rounds=if_drawn("rounds", "results/{study}/rounds.parquet"),
        metrics=if_drawn("metrics", "results/{study}/tables/metrics.csv"),
        scmr=if_drawn("scmr", "results/{study}/scmr/default/fedmeld_optimal.json"),
        law=lambda wildcards: sorted(set(laws_of_cells(wildcards).values())),
        cells="results/{study}/tables/cells.csv",
        infeasible="results/{study}/tables/infeasible.csv",
        sites=drawn_sites,
        code=program("plot_sweep"),
    output:
        figure=report(
            "results/{study}/figures/{figure}.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "{figure}"},
            caption="../report/sweep.rst",
        ),
        printed=printed("{figure}"),
    log:
        "logs/{study}/plot_sweep/{figure}.log",
    benchmark:
        "benchmarks/{study}/plot_sweep/{figure}.tsv"
    wildcard_constraints:
        figure=declared_names(),
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        figure=declaration,
        theory=theory_values,
        laws=laws_of_cells,
        drawing=drawing,
    message:
        "Drawing {wildcards.figure} of {wildcards.study}"
    script:
        "../scripts/plot_sweep.py"
