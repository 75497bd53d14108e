"""Plans to records of accuracy."""


rule train:
    input:
        ops=at("plan", OPS),
        dataset=dataset_path,
        partition=at("partition", PARTITION),
        code=program("train"),
    output:
        record="results/{study}/runs/{setting}/{strategy}.parquet",
    log:
        "logs/{study}/train/{setting}/{strategy}.log",
    benchmark:
        "benchmarks/{study}/train/{setting}/{strategy}.tsv"
    conda:
        "../../envs/fedorbit.yaml"
    threads: 1
    params:
        model=setting("model"),
        training=setting("training"),
        evaluation=setting("evaluation"),
        seeds=CONFIG.seeds,
        device=CONFIG.engine.device,
    message:
        "Training {wildcards.strategy} for {wildcards.study}, {wildcards.setting}"
    script:
        "../scripts/train.py"
