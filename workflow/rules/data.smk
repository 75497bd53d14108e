"""Where clients live, who holds which samples, and how unlike their samples are."""


rule prepare_dataset:
    input:
        code=program("prepare_dataset"),
    output:
        dataset="data/datasets/{dataset}.npz",
    log:
        "logs/prepare_dataset/{dataset}.log",
    benchmark:
        "benchmarks/prepare_dataset/{dataset}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        settings=dataset_settings,
        raw="data/raw",
    message:
        "Preparing the dataset {wildcards.dataset}"
    script:
        "../scripts/prepare_dataset.py"


rule settle_clients:
    input:
        regions=sites("regions"),
        satellites=satellites_of_clients,
        code=program("settle_clients"),
    output:
        homes=made("homes"),
    log:
        "logs/{study}/settle_clients/{setting}.log",
    benchmark:
        "benchmarks/{study}/settle_clients/{setting}.tsv"
    group:
        "sky"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        values=own("homes"),
    message:
        "Settling the clients of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/settle_clients.py"


rule partition_data:
    input:
        dataset=dataset_path,
        homes=at("homes"),
        code=program("partition_data"),
    output:
        partition=made("partition"),
    log:
        "logs/{study}/partition_data/{setting}.log",
    benchmark:
        "benchmarks/{study}/partition_data/{setting}.tsv"
    group:
        "sky"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        values=own("partition"),
        seeds=seeds,
    message:
        "Dealing out the samples of {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/partition_data.py"


rule measure_heterogeneity:
    input:
        dataset=dataset_path,
        partition=at("partition"),
        homes=at("homes"),
        code=program("measure_heterogeneity"),
    output:
        heterogeneity=report(
            "results/{study}/tables/heterogeneity.csv",
            category="{study}",
            subcategory="tables",
            labels={"table": "heterogeneity"},
            caption="../report/heterogeneity.rst",
        ),
    log:
        "logs/{study}/measure_heterogeneity.log",
    benchmark:
        "benchmarks/{study}/measure_heterogeneity.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(10),
    params:
        weight_decay=convex_weight_decay,
    message:
        "Measuring how unlike the data of {wildcards.study} are"
    script:
        "../scripts/measure_heterogeneity.py"


rule plot_partition:
    input:
        dataset=dataset_path,
        partition=at("partition"),
        homes=at("homes"),
        code=program("plot_partition"),
    output:
        figure=report(
            "results/{study}/figures/partition.svg",
            category="{study}",
            subcategory="figures",
            labels={"figure": "who holds which samples"},
            caption="../report/partition.rst",
        ),
        printed=printed("partition"),
    log:
        "logs/{study}/plot_partition.log",
    benchmark:
        "benchmarks/{study}/plot_partition.tsv"
    group:
        "figures"
    conda:
        "../../envs/fedorbit.yaml"
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        seed=first_seed,
    message:
        "Drawing who holds which samples of {wildcards.study}"
    script:
        "../scripts/plot_partition.py"
