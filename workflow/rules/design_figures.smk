"""Pictures of many constellations."""


rule plot_designs:
    input:
        designs="results/{study}/tables/designs.csv",
        code=program("plot_designs"),
    output:
        figure=report(
            "results/{study}/figures/designs.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "hours from one global average to the next"},
            caption="../report/designs.rst",
        ),
        printed=printed("designs"),
    log:
        "logs/{study}/plot_designs.log",
    benchmark:
        "benchmarks/{study}/plot_designs.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        drawing=drawing,
    message:
        "Drawing the constellations of {wildcards.study}"
    script:
        "../scripts/plot_designs.py"


rule plot_pareto:
    input:
        designs="results/{study}/tables/designs.csv",
        code=program("plot_pareto"),
    output:
        figure=report(
            "results/{study}/figures/pareto.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "satellites against hours"},
            caption="../report/pareto.rst",
        ),
        printed=printed("pareto"),
    log:
        "logs/{study}/plot_pareto.log",
    benchmark:
        "benchmarks/{study}/plot_pareto.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        drawing=drawing,
    message:
        "Drawing what satellites buy in {wildcards.study}"
    script:
        "../scripts/plot_pareto.py"


rule plot_forecasts:
    input:
        forecasts="results/{study}/tables/forecasts.csv",
        code=program("plot_forecasts"),
    output:
        figure=report(
            "results/{study}/figures/forecasts.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "forecasts against trainings"},
            caption="../report/forecasts.rst",
        ),
        printed=printed("forecasts"),
    log:
        "logs/{study}/plot_forecasts.log",
    benchmark:
        "benchmarks/{study}/plot_forecasts.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        target_accuracy=setting("target_accuracy"),
        drawing=drawing,
    message:
        "Drawing the forecasts of {wildcards.study} against trainings"
    script:
        "../scripts/plot_forecasts.py"
