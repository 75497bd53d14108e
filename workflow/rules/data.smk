"""Arrays to who holds which samples."""


rule prepare_dataset:
    input:
        code=library("data"),
    output:
        dataset="data/datasets/{dataset}.npz",
    log:
        "logs/prepare_dataset/{dataset}.log",
    benchmark:
        "benchmarks/prepare_dataset/{dataset}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        settings=dataset_settings,
        raw="data/raw",
    message:
        "Preparing the dataset {wildcards.dataset}"
    script:
        "../scripts/prepare_dataset.py"


rule partition_data:
    input:
        dataset=dataset_path,
        regions=setting("scenario", "regions", "file"),
        code=library("orbits", "data"),
    output:
        partition="results/{study}/partition.parquet",
    log:
        "logs/{study}/partition_data.log",
    benchmark:
        "benchmarks/{study}/partition_data.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    params:
        partition=setting("partition"),
        clients_per_region=setting("clients", "per_region"),
        seeds=CONFIG.seeds,
    message:
        "Dealing out the samples of {wildcards.study}"
    script:
        "../scripts/partition_data.py"
