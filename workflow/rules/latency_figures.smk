"""Pictures of the legs of split fine-tuning, and of what all rounds take."""


rule plot_latency:
    input:
        totals="results/{study}/tables/totals.csv",
        code=program("plot_latency"),
    output:
        figure=report(
            "results/{study}/figures/latency.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "what all rounds take, by legs"},
            caption="../report/latency_figure.rst",
        ),
        printed=printed("latency"),
    log:
        "logs/{study}/plot_latency.log",
    benchmark:
        "benchmarks/{study}/plot_latency.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        speed=setting("clients", "compute_flop_s"),
        drawing=drawing,
    message:
        "Drawing what all rounds of {wildcards.study} take"
    script:
        "../scripts/plot_latency.py"


rule plot_downlink:
    input:
        latency="results/{study}/tables/latency.csv",
        code=program("plot_downlink"),
    output:
        figure=report(
            "results/{study}/figures/downlink.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "embeddings on their way to the ground"},
            caption="../report/downlink_figure.rst",
        ),
        printed=printed("downlink"),
    log:
        "logs/{study}/plot_downlink.log",
    benchmark:
        "benchmarks/{study}/plot_downlink.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        places=places_of_latency,
        drawing=drawing,
    message:
        "Drawing the way down of {wildcards.study}"
    script:
        "../scripts/plot_downlink.py"


rule plot_planes:
    input:
        latency="results/{study}/tables/latency.csv",
        code=program("plot_planes"),
    output:
        figure=report(
            "results/{study}/figures/planes.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "means between planes"},
            caption="../report/planes_figure.rst",
        ),
        printed=printed("planes"),
    log:
        "logs/{study}/plot_planes.log",
    benchmark:
        "benchmarks/{study}/plot_planes.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        places=places_of_latency,
        drawing=drawing,
    message:
        "Drawing the means between planes of {wildcards.study}"
    script:
        "../scripts/plot_planes.py"


rule plot_ratio:
    input:
        totals="results/{study}/tables/totals.csv",
        code=program("plot_ratio"),
    output:
        figure=report(
            "results/{study}/figures/ratio.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "split over on board, by speed of satellites"},
            caption="../report/ratio_figure.rst",
        ),
        printed=printed("ratio"),
    log:
        "logs/{study}/plot_ratio.log",
    benchmark:
        "benchmarks/{study}/plot_ratio.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        places=places_of_latency,
        speed=setting("clients", "compute_flop_s"),
        drawing=drawing,
    message:
        "Drawing where {wildcards.study} is worth its way"
    script:
        "../scripts/plot_ratio.py"
