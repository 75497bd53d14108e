"""Plans to records of accuracy."""


rule train:
    input:
        ops="results/{study}/plans/{strategy}/ops.parquet",
        dataset=dataset_path,
        partition="results/{study}/partition.parquet",
        code=library("data", "learn"),
    output:
        record="results/{study}/runs/{strategy}/record.parquet",
    log:
        "logs/{study}/train/{strategy}.log",
    benchmark:
        "benchmarks/{study}/train/{strategy}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    params:
        model=setting("model"),
        training=setting("training"),
        seeds=CONFIG.seeds,
    message:
        "Training {wildcards.strategy} for {wildcards.study}"
    script:
        "../scripts/train.py"
