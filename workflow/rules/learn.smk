"""Plans to records of accuracy."""


rule train:
    input:
        ops="results/{study}/plans/{strategy}/ops.parquet",
        dataset=dataset_path,
        partition="results/{study}/partition.parquet",
        code=library("data", "learn"),
    output:
        record="results/{study}/runs/{strategy}/seed-{seed}.parquet",
    log:
        "logs/{study}/train/{strategy}-{seed}.log",
    benchmark:
        "benchmarks/{study}/train/{strategy}-{seed}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    params:
        model=setting("model"),
        training=setting("training"),
        evaluation=setting("evaluation"),
        device=CONFIG.engine.device,
    message:
        "Training {wildcards.strategy} for {wildcards.study}, seed {wildcards.seed}"
    script:
        "../scripts/train.py"
